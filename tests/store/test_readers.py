"""Two customers of one address, in both stores: what is said and heard there holds for both, facts
and orders do not.
"""

from datetime import datetime, timedelta
from typing import Any

import pytest

from engine.facts.events import Event
from operations.commands.withdraw_consent import ConsentWithdrawal, withdraw_consent
from store.postgres.store import PostgresStore
from tests.store.people import ANA
from tests.store.shop import NOON, SHOP, later
from tests.store.twins import Twins

TWIN = {"id": "C2", "email": " Ana@Example.com", "time_zone": "UTC"}
RULES = """
  - {id: there, when: shipment.delivered, do: [{send: hello, category: review,
     valid_for: 5 days}]}
  - {id: quiet, when: return.requested, do: [{suppress: [review], across: customer,
     until: support.case_solved, at_most: 30 days}]}
"""


@pytest.fixture
async def shop(store: PostgresStore) -> Twins:
    twins = Twins(store, RULES)
    await twins.begin()
    for person in (ANA, TWIN):
        await twins.tell("consent.given", customer=person, consent={"category": "review"})
    return twins


async def delivered(shop: Twins, customer: dict[str, Any], at: datetime) -> None:
    order = f"A{shop.told}"
    await shop.tell(
        "shipment.delivered", at, order={"id": order}, customer=customer, shipment={"id": "P"}
    )
    await shop.pass_time(at.replace(minute=2))


async def test_a_no_of_one_is_a_no_at_the_address(shop: Twins) -> None:
    await shop.tell("consent.withdrawn", later(hours=1), customer=ANA, consent={"channel": "email"})
    await delivered(shop, TWIN, later(hours=2))

    assert (shop.sent(), shop.unsent()) == ([], ["no_consent"])


async def test_a_no_stays_with_the_address_when_one_has_another(shop: Twins) -> None:
    await shop.tell("message.complained", later(hours=1), customer=ANA)
    moved = {"id": "C1", "email": "elsewhere@example.com"}
    await shop.tell("customer.updated", later(hours=2), customer=moved)
    await delivered(shop, TWIN, later(hours=3))

    assert shop.unsent() == ["no_consent"]


async def test_what_one_says_elsewhere_is_not_said_at_the_address(shop: Twins) -> None:
    moved = {"id": "C1", "email": "elsewhere@example.com"}
    await shop.tell("customer.updated", later(hours=1), customer=moved)
    await shop.tell("message.complained", later(hours=2), customer=moved)
    await delivered(shop, TWIN, later(hours=3))

    assert shop.sent() == ["hello"]


async def test_a_later_yes_of_the_other_counts(shop: Twins) -> None:
    await shop.tell("message.complained", later(hours=1), customer=ANA)
    await shop.tell("consent.given", later(hours=2), customer=TWIN, consent={"category": "review"})
    await delivered(shop, TWIN, later(hours=3))

    assert shop.sent() == ["hello"]


async def test_a_yes_of_one_is_none_of_the_other(shop: Twins) -> None:
    await shop.tell("customer.created", customer={**TWIN, "id": "C3"})
    await delivered(shop, {**TWIN, "id": "C3"}, later(hours=1))

    assert shop.unsent() == ["no_consent"]


async def test_a_cap_counts_what_was_read_at_the_address(shop: Twins) -> None:
    await delivered(shop, ANA, NOON)
    assert shop.sent() == ["hello"]

    await delivered(shop, TWIN, later(hours=2))
    assert (shop.sent(), shop.unsent()) == (["hello"], ["capped"])

    for minutes in (3, 10):
        await shop.pass_time(later(days=2, minutes=minutes))
    assert shop.sent() == ["hello", "hello"]


async def test_a_silence_holds_at_the_address_until_it_is_lifted(shop: Twins) -> None:
    asked: Any = {"return": {"id": "1"}}
    await shop.tell("return.requested", order={"id": "R"}, customer=ANA, **asked)
    await delivered(shop, TWIN, later(hours=1))
    assert shop.unsent() == ["suppressed_by"]

    await shop.tell("support.case_solved", later(hours=2), customer=ANA, support={"id": "S"})
    await delivered(shop, TWIN, later(hours=3))
    assert shop.sent() == ["hello"]


async def test_orders_and_facts_stay_with_each(shop: Twins) -> None:
    await delivered(shop, ANA, NOON)

    assert shop.memory.log.facts("customer:a shop%2F1/C2") is not None
    subjects = shop.memory.log.subjects
    assert "orders" not in subjects["customer:a shop%2F1/C2"].facts


def a_click(customer: str, at: datetime) -> Event:
    """A withdrawal on our own page."""
    asked = ConsentWithdrawal(SHOP, customer, ("review",), f"token {customer} {at}")
    (event,) = withdraw_consent(asked, at).events
    return event


@pytest.mark.parametrize("ahead", [timedelta(seconds=90), timedelta(days=365)])
async def test_a_click_is_newer_than_what_another_reader_said_ahead(
    shop: Twins, ahead: timedelta
) -> None:
    yes = {"customer": TWIN, "consent": {"category": "review"}}
    said = shop.parsed("consent.given", later(hours=1) + ahead, "shop", yes)
    await shop.take(said, later(hours=1))
    await shop.take(a_click("C1", later(hours=1)), later(hours=1))
    await delivered(shop, TWIN, later(hours=2))

    assert (shop.sent(), shop.unsent()) == ([], ["no_consent"])


async def test_a_yes_after_a_click_counts_for_who_says_it(shop: Twins) -> None:
    yes = {"customer": TWIN, "consent": {"category": "review"}}
    ahead = shop.parsed("consent.given", later(days=365), "shop", yes)
    await shop.take(ahead, later(hours=1))
    await shop.take(a_click("C1", later(hours=1)), later(hours=1))
    await shop.tell("consent.given", later(hours=2), customer=TWIN, consent={"category": "review"})
    await delivered(shop, ANA, later(hours=3))
    await delivered(shop, TWIN, later(hours=3))

    assert (shop.sent(), shop.unsent()) == (["hello"], ["no_consent"])
