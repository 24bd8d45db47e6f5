"""People have several names, in both stores: a guest is known by an address, two customers are one
only where the shop says so, and an order may change hands.
"""

from datetime import datetime
from typing import Any

import pytest

from engine.catalog.values import Money
from engine.facts.naming import own_id
from engine.facts.purchases import orders_paid, spent
from store.postgres.store import PostgresStore
from tests.store.people import ANA, BEN, GUEST, YES, customer_of, subject
from tests.store.shop import NOON, later
from tests.store.tables import tables_of_postgres
from tests.store.twins import Twins

RULES = """
  - {id: there, when: shipment.delivered, do: [{send: hello, category: delivery}]}
  - {id: later, when: 1 day after shipment.delivered, do: [{send: offer, category: delivery}]}
  - {id: nice, when: 1 hour after shipment.delivered, do: [{send: hello, category: review,
     valid_for: 9 days}]}
  - {id: case, when: 2 hours after support.case_opened, once_per: customer,
     do: [{send: hello, category: delivery}]}
  - {id: quiet, when: return.requested, do: [{suppress: [review], across: customer,
     until: support.case_solved, at_most: 30 days}]}
"""

HELD = """
  - {id: there, when: shipment.delivered, stop_if: order.cancelled by the customer,
     do: [{send: hello, category: review, valid_for: 9 days}]}
"""


@pytest.fixture
async def shop(store: PostgresStore) -> Twins:
    twins = Twins(store, RULES)
    await twins.begin()
    return twins


async def delivered(shop: Twins, order: str, at: datetime = NOON, customer: Any = None) -> None:
    named = {"customer": customer} if customer else {}
    await shop.tell("shipment.delivered", at, order={"id": order}, shipment={"id": "P"}, **named)


async def ask_back(shop: Twins, order: str, at: datetime, customer: Any) -> None:
    asked: Any = {"return": {"id": f"R {order}"}}
    await shop.tell("return.requested", at, order={"id": order}, customer=customer, **asked)


async def test_a_guest_is_written_to_at_the_address(shop: Twins) -> None:
    await delivered(shop, "A1", customer=GUEST)

    assert shop.sent() == ["hello"]
    assert "ana@example.com" not in (customer_of(shop, "A1") or "")


async def test_two_orders_of_one_address_are_one_guests(shop: Twins) -> None:
    await delivered(shop, "A1", customer=GUEST)
    await delivered(shop, "A2", customer={"email": " ana@EXAMPLE.com"})

    assert customer_of(shop, "A1") == customer_of(shop, "A2") != None  # noqa: E711


async def test_a_guest_is_the_one_account_of_the_address(shop: Twins) -> None:
    await shop.tell("customer.created", customer=ANA)
    await delivered(shop, "A1", customer=GUEST)

    assert customer_of(shop, "A1") == subject("C1")


async def test_of_two_accounts_of_an_address_a_guest_is_neither(shop: Twins) -> None:
    for one in ("C1", "C2"):
        await shop.tell("customer.created", customer={**ANA, "id": one})
    await delivered(shop, "A1", customer=GUEST)

    assert customer_of(shop, "A1") not in (None, subject("C1"), subject("C2"))


async def test_a_guest_joins_the_account_that_comes_to_have_the_address(shop: Twins) -> None:
    await shop.tell("consent.given", customer=GUEST, consent=YES)
    await delivered(shop, "A1", customer=GUEST)
    await shop.tell("customer.created", later(minutes=5), customer=ANA)
    assert customer_of(shop, "A1") == subject("C1")

    await shop.pass_time(later(hours=3))
    await shop.pass_time(later(days=1))
    assert sorted(shop.sent()) == ["hello", "hello", "offer"]


async def test_a_guest_does_not_join_one_of_two(shop: Twins) -> None:
    await shop.tell("customer.created", customer={**ANA, "id": "C2"})
    await shop.tell("customer.created", customer=ANA)
    await delivered(shop, "A1", customer=GUEST)
    await shop.tell("customer.updated", later(minutes=5), customer=ANA)

    assert customer_of(shop, "A1") not in (subject("C1"), subject("C2"))


async def test_an_address_that_an_account_has_left_takes_nobody_along(shop: Twins) -> None:
    await delivered(shop, "A1", customer=GUEST)
    await shop.tell("customer.created", later(minutes=5), customer=ANA)
    await shop.tell("customer.updated", later(minutes=6), customer={**ANA, "email": "new@x.com"})
    await shop.tell("customer.created", later(minutes=7), customer={**ANA, "id": "C2"})

    assert customer_of(shop, "A1") == subject("C1")
    assert subject("C1") not in shop.memory.log.merged


async def test_an_order_of_a_guest_that_is_named_makes_the_guest_the_account(shop: Twins) -> None:
    await delivered(shop, "A1", customer=GUEST)
    await shop.tell("order.changed", later(minutes=5), order={"id": "A1"}, customer={"id": "C1"})
    await shop.pass_time(later(days=1))

    assert customer_of(shop, "A1") == subject("C1")
    assert shop.sent() == ["hello", "offer"]


async def test_a_phone_alone_names_nobody_where_two_have_it(shop: Twins) -> None:
    for one in ("C1", "C2"):
        await shop.tell("customer.created", customer={"id": one, "phone": "+49 170 1234567"})
    await delivered(shop, "A1", customer={"phone": "+491701234567"})
    assert customer_of(shop, "A1") is None

    await shop.tell("customer.updated", later(hours=1), customer={"id": "C2", "phone": "+4930123"})
    await delivered(shop, "A2", later(hours=2), customer={"phone": "00491701234567"})
    assert customer_of(shop, "A2") == subject("C1")


async def test_merged_customers_are_one(shop: Twins) -> None:
    await shop.tell("consent.given", customer=BEN, consent=YES)
    await delivered(shop, "A2", customer={"id": "C2"})
    await delivered(shop, "A1", customer=ANA)
    merged = {"id": "C1", "merged_from": "C2"}
    await shop.tell("customer.merged", later(minutes=5), customer=merged)
    assert customer_of(shop, "A2") == subject("C1")

    await delivered(shop, "A3", later(minutes=6), customer={"id": "C2"})
    assert customer_of(shop, "A3") == subject("C1")

    await shop.pass_time(later(hours=2))
    await shop.pass_time(later(days=1, hours=1))
    assert sorted(shop.sent()) == ["hello"] * 4 + ["offer"] * 3


async def test_a_no_and_a_silence_of_either_hold_after_a_merge(shop: Twins) -> None:
    for person in (ANA, BEN):
        await shop.tell("consent.given", customer=person, consent=YES)
    await ask_back(shop, "A2", later(minutes=1), BEN)
    await shop.tell("customer.merged", later(minutes=5), customer={**ANA, "merged_from": "C2"})
    await delivered(shop, "A1", later(hours=1), ANA)
    await shop.pass_time(later(hours=3))

    assert shop.unsent() == ["suppressed_by"]


async def test_what_one_has_heard_the_other_does_not_hear_again(shop: Twins) -> None:
    for number, person in enumerate((ANA, BEN)):
        case = {"id": f"S{number}"}
        await shop.tell("support.case_opened", customer=person, support=case)
    await shop.pass_time(later(hours=2))
    assert len(shop.sent()) == 2

    await shop.tell("customer.merged", later(hours=3), customer={**ANA, "merged_from": "C2"})
    await shop.tell("support.case_opened", later(hours=4), customer=BEN, support={"id": "S3"})
    await shop.pass_time(later(hours=7))
    assert len(shop.sent()) == 2


async def test_what_waits_for_both_is_said_once(shop: Twins) -> None:
    for number, person in enumerate((ANA, BEN)):
        case = {"id": f"S{number}"}
        await shop.tell("support.case_opened", customer=person, support=case)
    await shop.tell("customer.merged", later(hours=1), customer={**ANA, "merged_from": "C2"})
    await shop.pass_time(later(hours=2))
    await shop.pass_time(later(hours=4))

    assert len(shop.sent()) == 1


async def test_a_merge_of_a_merge_is_one(shop: Twins) -> None:
    await delivered(shop, "A1", customer=ANA)
    await shop.tell("customer.merged", customer={"id": "C2", "merged_from": "C1"})
    await shop.tell("customer.merged", customer={"id": "C3", "merged_from": "C2"})
    await shop.tell("customer.merged", customer={"id": "C1", "merged_from": "C3"})

    assert customer_of(shop, "A1") == subject("C3")


async def test_two_customers_of_one_address_are_two(shop: Twins) -> None:
    await delivered(shop, "A1", customer=ANA)
    await delivered(shop, "A2", customer={**ANA, "id": "C2"})

    assert (customer_of(shop, "A1"), customer_of(shop, "A2")) == (subject("C1"), subject("C2"))


async def test_an_order_that_changes_hands_takes_its_silence_along(shop: Twins) -> None:
    for person in (ANA, BEN):
        await shop.tell("consent.given", customer=person, consent=YES)
    await ask_back(shop, "A1", later(minutes=1), ANA)
    await shop.tell("order.changed", later(minutes=2), order={"id": "A1"}, customer={"id": "C2"})
    await delivered(shop, "A2", later(minutes=3), BEN)
    await delivered(shop, "A3", later(minutes=3), ANA)
    await shop.pass_time(later(hours=2))

    assert customer_of(shop, "A1") == subject("C2")
    said = [one for one in shop.memory.effects.values() if one.firing.rule_id == "nice"]
    assert {(one.firing.order, one.state) for one in said} == {("A2", "dropped"), ("A3", "sent")}


async def test_what_happens_to_an_order_is_none_of_whoever_had_it(store: PostgresStore) -> None:
    shop = Twins(store, HELD)
    await shop.begin()
    await shop.tell("consent.given", customer=ANA, consent=YES)
    for order in ("A1", "A2", "A3"):
        await delivered(shop, order, NOON, ANA)
    await shop.pass_time(later(minutes=2))
    assert (shop.sent(), shop.unsent()) == (["hello"], ["capped", "capped"])
    waiting = [one for one in shop.memory.effects.values() if one.state == "held"]
    stays, gone = sorted(str(one.firing.order) for one in waiting)
    await shop.log_only("order.changed", later(hours=1), order={"id": gone}, customer=BEN)
    await shop.log_only("order.cancelled", later(hours=2), order={"id": gone}, customer=BEN)
    await shop.pass_time(later(days=3))

    said = {one.firing.order: one.state for one in shop.memory.effects.values()}
    assert said[stays] == "sent"


async def test_what_was_bought_goes_along_with_the_order(shop: Twins) -> None:
    await shop.tell("order.placed", order={"id": "A1", "total": "9 EUR"}, customer=ANA)
    await shop.tell("order.changed", later(minutes=2), order={"id": "A1"}, customer=BEN)
    await shop.tell("order.changed", later(minutes=1), order={"id": "A1"}, customer=ANA)

    ana, ben = (shop.memory.log.facts(subject(one)) or {} for one in ("C1", "C2"))
    assert [(orders_paid(one), spent(one, "EUR")) for one in (ana, ben)] == [
        (0, None),
        (1, Money(900, "EUR")),
    ]
    assert ben["facts"]["customer.email"][0] == BEN["email"]


async def test_merged_customers_are_exported_and_erased_as_one(shop: Twins) -> None:
    await delivered(shop, "A2", customer=BEN)
    await delivered(shop, "A1", customer=ANA)
    await shop.tell("customer.merged", customer={"id": "C1", "merged_from": "C2"})
    customers = shop.postgres.customers
    assert await customers.with_id("C2") == [subject("C1")]

    kept = await customers.export(subject("C1"))
    assert [own_id(one["id"]) for one in kept["orders"]] == ["A1", "A2"]
    assert len(kept["effects"]) >= 2

    erased = await customers.erase(subject("C1"), later(days=1))
    assert erased.orders == 2
    left = str(await tables_of_postgres(shop.postgres))
    assert (ANA["email"] in left, BEN["email"] in left) == (False, False)
