"""When two customers turn out to be one, in both stores: silences, caps, withdrawals and once-keys
hold for the person, nothing is said twice and nothing is lost, whatever is held at that moment.
"""

from datetime import datetime
from typing import Any

import pytest

from engine.facts.naming import own_id
from operations.commands.withdraw_consent import ConsentWithdrawal, withdraw_consent
from store.postgres.store import PostgresStore
from tests.store.people import ANA, BEN, GUEST, YES, customer_of, subject
from tests.store.shop import SHOP, later
from tests.store.twins import Twins

MERGED = {"id": "C1", "merged_from": "C2"}
# Noon is 12; quiet hours are from 23 to 6.
EVENING, NIGHT, MORNING = later(hours=10.5), later(hours=14), later(hours=18, minutes=2)
RULES = """
  - {id: there, when: shipment.delivered, do: [{send: hello, category: delivery}]}
  - {id: nice, when: 1 hour after shipment.delivered, do: [{send: offer, category: review,
     valid_for: 9 days}]}
  - {id: case, when: 1 hour after support.case_opened, once_per: customer,
     do: [{send: hello, category: delivery}]}
  - {id: quiet, when: return.requested, do: [{suppress: [review], across: customer,
     until: support.case_solved, at_most: 30 days}]}
"""


@pytest.fixture
async def shop(store: PostgresStore) -> Twins:
    twins = Twins(store, RULES)
    await twins.begin()
    return twins


async def delivered(shop: Twins, order: str, at: datetime, customer: Any) -> None:
    await shop.tell(
        "shipment.delivered", at, order={"id": order}, shipment={"id": "P"}, customer=customer
    )


async def both_want_to_hear(shop: Twins, at: datetime = EVENING) -> None:
    """A request for a review is held for the night for each of two."""
    for number, person in enumerate((ANA, BEN), 1):
        await shop.tell("consent.given", at, customer=person, consent=YES)
        await delivered(shop, f"A{number}", at, person)
    await shop.pass_time(later(hours=11.5))


async def click(shop: Twins, customer: str, at: datetime) -> None:
    asked = ConsentWithdrawal(SHOP, customer, ("review",), f"token {customer}")
    for event in withdraw_consent(asked, at).events:
        await shop.take(event, at)


async def mornings(shop: Twins, *days: int) -> None:
    for day in days:
        for minutes in (0, 2, 10):
            await shop.pass_time(later(days=day, hours=18, minutes=minutes))


def reviews(shop: Twins) -> list[tuple[str, str | None]]:
    """What became of each request for a review."""
    return sorted(
        (one.state, one.reason and str(one.reason))
        for one in shop.memory.effects.values()
        if one.firing.rule_id == "nice"
    )


async def test_a_cap_counts_what_was_held_for_both(shop: Twins) -> None:
    await both_want_to_hear(shop)
    await shop.tell("customer.merged", NIGHT, customer=MERGED)
    await mornings(shop, 0)
    assert reviews(shop) == [("held", "capped"), ("sent", None)]

    await mornings(shop, 1, 2)
    assert reviews(shop) == [("sent", None), ("sent", None)]


@pytest.mark.parametrize("merged", [MERGED, {"id": "C2", "merged_from": "C1"}])
async def test_a_silence_of_either_holds_for_what_was_held(
    shop: Twins, merged: dict[str, str]
) -> None:
    await both_want_to_hear(shop)
    asked: Any = {"return": {"id": "R"}}
    await shop.tell("return.requested", NIGHT, order={"id": "A9"}, customer=BEN, **asked)
    await shop.tell("customer.merged", NIGHT, customer=merged)
    await mornings(shop, 0, 1, 2)

    assert reviews(shop) == [("dropped", "suppressed_by")] * 2


@pytest.mark.parametrize("merged", [MERGED, {"id": "C2", "merged_from": "C1"}])
@pytest.mark.parametrize("no", ["click", "complaint", "stop"])
async def test_a_no_of_either_holds_for_what_was_held(
    shop: Twins, merged: dict[str, str], no: str
) -> None:
    await both_want_to_hear(shop)
    if no == "click":
        await click(shop, "C2", NIGHT)
    elif no == "stop":
        await shop.tell("consent.withdrawn", NIGHT, customer=BEN, consent={"channel": "email"})
    else:
        await shop.tell("message.complained", NIGHT, customer=BEN)
    await shop.tell("customer.merged", NIGHT, customer=merged)
    await mornings(shop, 0, 1, 2)

    assert reviews(shop) == [("dropped", "no_consent")] * 2


async def test_what_is_held_for_both_once_for_each_is_said_once(shop: Twins) -> None:
    shop.is_mail_away = True
    for number, person in enumerate((ANA, BEN)):
        await shop.tell("support.case_opened", customer=person, support={"id": f"S{number}"})
    await shop.pass_time(later(hours=1))
    await shop.tell("customer.merged", later(hours=2), customer=MERGED)
    shop.is_mail_away = False
    await shop.pass_time(later(hours=2.1))
    await shop.pass_time(later(hours=3))

    assert shop.sent() == ["hello"]


async def test_what_one_has_heard_is_not_said_again_of_what_was_held_for_the_other(
    shop: Twins,
) -> None:
    away = {**BEN, "time_zone": "America/New_York"}
    for minutes, person in enumerate((ANA, away)):
        at = later(hours=11, minutes=minutes)
        await shop.tell("support.case_opened", at, customer=person, support={"id": f"S{minutes}"})
    await shop.pass_time(later(hours=12, minutes=5))
    assert (shop.sent(), shop.unsent()) == (["hello"], ["held_quiet"])

    await shop.tell("customer.merged", NIGHT, customer=MERGED)
    await mornings(shop, 0, 1)
    assert (shop.sent(), shop.unsent()) == (["hello"], ["already_done"])


async def test_a_merge_of_customers_whom_nobody_knows_yet_holds_for_what_comes(
    shop: Twins,
) -> None:
    await shop.tell("customer.merged", customer=MERGED)
    await delivered(shop, "A2", later(minutes=1), BEN)
    await delivered(shop, "A1", later(minutes=2), ANA)

    assert (customer_of(shop, "A1"), customer_of(shop, "A2")) == (subject("C1"), subject("C1"))
    assert shop.sent() == ["hello", "hello"]


@pytest.mark.parametrize(
    "more", [[MERGED], [{"id": "C2", "merged_from": "C1"}], [{"id": "C1", "merged_from": "C1"}]]
)
async def test_a_merge_that_is_told_again_or_the_other_way_changes_nothing(
    shop: Twins, more: list[dict[str, str]]
) -> None:
    await both_want_to_hear(shop)
    for number, merged in enumerate([MERGED, *more]):
        await shop.tell("customer.merged", later(hours=14, minutes=number), customer=merged)
    await mornings(shop, 0, 1, 2)

    assert {customer_of(shop, one) for one in ("A1", "A2")} == {subject("C1")}
    assert reviews(shop) == [("sent", None), ("sent", None)]


async def test_a_chain_of_merges_takes_everything_along(shop: Twins) -> None:
    await both_want_to_hear(shop)
    await click(shop, "C2", NIGHT)
    chain = [("C3", "C2"), ("C4", "C3"), ("C1", "C4"), ("C2", "C1")]
    for number, (kept, gone) in enumerate(chain, 1):
        await shop.tell(
            "customer.merged",
            later(hours=14, minutes=number),
            customer={"id": kept, "merged_from": gone},
        )
    await mornings(shop, 0, 1, 2)

    assert customer_of(shop, "A1") == customer_of(shop, "A2")
    assert reviews(shop) == [("dropped", "no_consent")] * 2


async def test_the_link_in_a_guests_mail_speaks_for_the_account(shop: Twins) -> None:
    await delivered(shop, "A0", EVENING, GUEST)
    guest = own_id(customer_of(shop, "A0") or "")
    await shop.tell("consent.given", EVENING, customer=ANA, consent=YES)
    await delivered(shop, "A1", EVENING, ANA)
    await shop.pass_time(later(hours=11.5))
    await click(shop, guest, NIGHT)
    await mornings(shop, 0, 1, 2)

    assert customer_of(shop, "A0") == subject("C1")
    assert reviews(shop) == [("dropped", "no_consent")] * 2


async def test_a_click_on_the_link_of_one_who_was_merged_counts(shop: Twins) -> None:
    await both_want_to_hear(shop)
    await shop.tell("customer.merged", NIGHT, customer=MERGED)
    await click(shop, "C2", NIGHT)
    await mornings(shop, 0, 1, 2)

    assert reviews(shop) == [("dropped", "no_consent")] * 2


async def test_an_order_that_changes_hands_twice_is_its_first_customers_again(
    shop: Twins,
) -> None:
    await both_want_to_hear(shop)
    for hours, person in ((14, BEN), (15, ANA)):
        await shop.tell("order.changed", later(hours=hours), order={"id": "A1"}, customer=person)
    await mornings(shop, 0, 1, 2)

    assert customer_of(shop, "A1") == subject("C1")
    assert reviews(shop) == [("sent", None), ("sent", None)]
    assert sorted(shop.sent()) == ["hello", "hello", "offer", "offer"]


async def test_what_is_held_for_an_order_goes_by_its_new_customer(shop: Twins) -> None:
    await both_want_to_hear(shop)
    await click(shop, "C2", NIGHT)
    await shop.tell("order.changed", NIGHT, order={"id": "A1"}, customer={"id": "C2"})
    await mornings(shop, 0, 1, 2)

    assert reviews(shop) == [("dropped", "no_consent")] * 2
