"""Ids of helpdesks, payers and loyalty programmes find the customer they were stated of, in both
stores, and never make one customer of two.
"""

import asyncio
from typing import Any

import pytest

from engine.facts.events import InvalidEvent
from engine.facts.naming import subject_id
from store.postgres.store import PostgresStore
from tests.store.shop import NOON, SHOP, an_event, later
from tests.store.twins import Twins

ANA = {"id": "C1", "email": "ana@example.com", "time_zone": "UTC"}
BEN = {"id": "C2", "email": "ben@example.com", "time_zone": "UTC"}
GUEST = {"email": "eve@example.com", "time_zone": "UTC"}
DESK = {"helpdesk_id": "H9"}
PAYER = {"payer_id": "cus_7"}
TOMORROW = later(days=1)
RULES = """
  - {id: case, when: support.case_opened, once_per: case,
     do: [{send: hello, category: delivery}]}
  - {id: pay, when: payment.failed, once_per: event, do: [{send: offer, category: delivery}]}
  - {id: there, when: shipment.delivered, do: [{send: hello, category: delivery}]}
"""


@pytest.fixture
async def shop(store: PostgresStore) -> Twins:
    twins = Twins(store, RULES)
    await twins.begin()
    return twins


async def opened(shop: Twins, case: str, /, **customer: Any) -> str:
    return await shop.tell(
        "support.case_opened", later(hours=1), "desk", support={"id": case}, customer=customer
    )


def whose(shop: Twins, kind: str = "support.case_opened") -> list[str | None]:
    """Whom the events of a type are about."""
    rows = [one for one in shop.memory.log.events.values() if one.event.type == kind]
    return [one.customer_subject for one in rows]


def subject(customer: str) -> str:
    return subject_id("customer", SHOP, customer)


@pytest.mark.parametrize("kind", ["helpdesk_id", "payer_id", "loyalty_id"])
async def test_an_event_that_states_the_id_alone_finds_its_customer(shop: Twins, kind: str) -> None:
    await shop.tell("customer.updated", customer={**ANA, kind: "X9"})

    assert await opened(shop, "K1", **{kind: " X9 "}) == "accepted"
    assert whose(shop) == [subject("C1")]
    assert shop.sent() == ["hello"]


async def test_an_id_of_one_kind_is_not_one_of_another(shop: Twins) -> None:
    await shop.tell("customer.updated", customer={**ANA, "helpdesk_id": "7"})

    assert await opened(shop, "K1", payer_id="7") == "unplaced"


async def test_an_event_before_its_id_is_known_waits_for_it(shop: Twins) -> None:
    assert await opened(shop, "K1", **DESK) == "unplaced"
    assert await shop.tell("payment.failed", later(hours=2), customer=PAYER) == "unplaced"
    await shop.tell("customer.updated", later(hours=3), customer=ANA | DESK | PAYER)

    assert (whose(shop), whose(shop, "payment.failed")) == ([subject("C1")], [subject("C1")])
    assert sorted(shop.sent()) == ["hello", "offer"]
    assert shop.memory.log.unplaced == {}


async def test_an_order_tells_whose_id_it_is(shop: Twins) -> None:
    order = {"id": "A1"}
    await shop.tell("order.placed", order=order, customer=ANA)
    await shop.tell("order.changed", later(minutes=1), order=order, customer=PAYER)
    await shop.tell("payment.failed", later(hours=1), customer=PAYER)

    assert whose(shop, "payment.failed") == [subject("C1")]


async def test_an_order_may_be_of_whoever_has_the_id(shop: Twins) -> None:
    await shop.tell("customer.updated", customer=ANA | PAYER)
    await shop.tell("shipment.delivered", order={"id": "A1"}, shipment={"id": "P"}, customer=PAYER)

    assert shop.sent() == ["hello"]
    assert whose(shop, "shipment.delivered") == [subject("C1")]


async def test_an_id_of_two_accounts_names_neither_and_joins_none(shop: Twins) -> None:
    for one in (ANA, BEN):
        await shop.tell("customer.updated", customer=one | DESK)

    assert await opened(shop, "K1", **DESK) == "unplaced"
    assert shop.memory.log.merged == {}
    assert await opened(shop, "K2", **DESK, email="ben@example.com") == "accepted"
    assert whose(shop) == [None, subject("C2")]


async def test_what_waits_for_an_id_of_two_accounts_is_placed_once_they_are_one(
    shop: Twins,
) -> None:
    for one in (ANA, BEN):
        await shop.tell("customer.updated", customer=one | DESK)
    await shop.tell("customer.updated", customer={"id": "C2", "helpdesk_id": "newer"})
    await opened(shop, "K1", **DESK)
    await shop.tell("customer.merged", TOMORROW, customer={"id": "C1", "merged_from": "C2"})

    assert whose(shop) == [subject("C1")]
    assert shop.sent() == ["hello"]
    assert await opened(shop, "K2", helpdesk_id="newer") == "accepted"


async def test_a_guest_of_an_id_joins_the_account_that_has_it(shop: Twins) -> None:
    await opened(shop, "K1", **GUEST, **DESK)
    (guest,) = whose(shop)
    await shop.tell("customer.updated", TOMORROW, customer=ANA | DESK)

    assert shop.memory.log.merged == {guest: subject("C1")}
    assert await opened(shop, "K2", **DESK) == "accepted"
    assert whose(shop) == [subject("C1")] * 2


async def test_an_id_finds_the_one_guest_who_has_it(shop: Twins) -> None:
    await opened(shop, "K1", **DESK)
    await opened(shop, "K2", **GUEST, **DESK)

    first, second = whose(shop)
    assert first == second
    assert sorted(shop.sent()) == ["hello", "hello"]


async def test_an_id_of_two_guests_names_neither_and_joins_none(shop: Twins) -> None:
    await opened(shop, "K1", **GUEST, **DESK)
    await opened(shop, "K2", email="kim@example.com", **DESK)
    assert await opened(shop, "K3", **DESK) == "unplaced"

    await shop.tell("customer.updated", TOMORROW, customer=ANA | DESK)

    assert shop.memory.log.merged == {}
    assert whose(shop)[2] == subject("C1")


async def test_an_id_that_another_accounts_address_contradicts_is_of_both(shop: Twins) -> None:
    for one in (ANA | DESK, BEN):
        await shop.tell("customer.updated", customer=one)

    await opened(shop, "K1", **DESK, email="ben@example.com")
    assert whose(shop) == [subject("C2")]
    assert await opened(shop, "K2", **DESK) == "unplaced"


async def test_an_address_that_nobody_has_is_news_of_whoever_has_the_id(shop: Twins) -> None:
    await shop.tell("customer.updated", customer=ANA | DESK)
    await opened(shop, "K1", **DESK, **GUEST)

    assert whose(shop) == [subject("C1")]


async def test_what_an_order_states_of_a_former_customer_is_not_learned(shop: Twins) -> None:
    order = {"id": "A1"}
    await shop.tell("customer.created", customer=ANA)
    await shop.tell("order.placed", later(hours=2), order=order, customer=BEN)
    await shop.tell("order.changed", later(hours=1), order=order, customer=ANA | DESK)

    assert await opened(shop, "K1", **DESK) == "unplaced"


async def test_an_id_of_a_crowd_is_noted_of_a_few_only(shop: Twins) -> None:
    for number in range(12):
        await shop.tell("customer.updated", customer={"id": f"C{number}", **DESK})

    (homes,) = [homes for name, homes in shop.memory.log.things.items() if name[1] == "helpdesk"]
    assert len(homes) == 8
    assert await opened(shop, "K1", **DESK) == "unplaced"


async def test_one_batch_tells_and_asks(store: PostgresStore) -> None:
    shop = Twins(store, RULES)
    await shop.begin()
    news = [
        shop.parsed("support.case_opened", NOON, "desk", {"support": {"id": "K1"}, "customer": c})
        for c in (DESK, GUEST | DESK, ANA | DESK, DESK | {"payer_id": "P"}, {"payer_id": "P"})
    ]
    ours = shop.memory.ingest(news, NOON)
    assert await store.events.ingest(news, NOON) == ours == ["unplaced"] + ["accepted"] * 4
    await shop.pass_time(NOON)

    assert whose(shop) == [subject("C1")] * 5


async def test_an_export_tells_the_ids_and_what_waits_for_them(shop: Twins) -> None:
    for one in (ANA, BEN):
        await shop.tell("customer.updated", customer=one | DESK)
    await opened(shop, "K1", **DESK)

    known: dict[str, Any] = await shop.postgres.customers.export(subject("C1"))

    assert known["names"] == [{"kind": "helpdesk", "name": "H9", "of": subject("C1")}]
    assert [one["awaits"] for one in known["unread"]] == [["H9", "K1"]]


async def test_an_erasure_forgets_the_ids_and_what_waits_for_them(shop: Twins) -> None:
    for one in (ANA, BEN):
        await shop.tell("customer.updated", customer=one | DESK)
    await shop.tell("customer.updated", customer=ANA | PAYER)
    assert await shop.tell("payment.failed", later(hours=1), customer=DESK) == "unplaced"

    await shop.postgres.customers.erase(subject("C1"), TOMORROW)

    async with shop.postgres.pool.connection() as connection:
        waiting = await connection.rows("select from unplaced")
        bodies = await connection.rows("select body -> 'data' from events where subject is null")
        names = await connection.rows("select thing, order_subject from things order by 1")
    assert (waiting, bodies, names) == ([], [({},)], [("H9", subject("C2"))])


async def test_what_names_a_perk_alone_is_refused(shop: Twins) -> None:
    await shop.tell("perk.granted", customer=ANA, perk={"name": "free_returns"})

    with pytest.raises(InvalidEvent, match="names a perk alone, which several customers may have"):
        await shop.tell("perk.used", later(hours=1), perk={"name": "free_returns"})
    assert await shop.tell(
        "perk.used", later(hours=2), perk={"name": "free_returns"}, customer={"email": ANA["email"]}
    )


async def test_who_tells_an_id_and_who_is_early_never_miss_each_other(store: PostgresStore) -> None:
    """On as many connections as there are."""
    await Twins(store, RULES).begin()
    both = []
    for number in range(30):
        named = {"customer.helpdesk_id": f"H{number}"}
        case = {"case": f"K{number}"}
        both += [
            an_event("support.case_opened", f"e{number}", order=None, things=case, data=named),
            an_event(
                "customer.updated", f"t{number}", order=None, customer=f"C{number}", data=named
            ),
        ]
    await asyncio.gather(*(store.events.ingest([one], NOON) for one in both))

    async with store.pool.connection() as connection:
        waiting = await connection.rows("select name from unplaced")
        homes = await connection.rows(
            "select count(*) from events where type = 'support.case_opened' and seq > 0"
        )
    assert (waiting, homes) == ([], [(30,)])
