"""News that comes before its thing is known waits, in both stores, and is taken in together with
what tells of the thing: the order of arrival never matters.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from engine.facts.events import InvalidEvent
from store.postgres.store import PostgresStore
from tests.ingested import ingested
from tests.store.shop import NOON, an_event, later
from tests.store.twins import Twins

PARCEL = {"id": "P1", "tracking_number": "T1"}
NUMBER = {"tracking_number": "T1"}
ANA = {"id": "C1", "email": "ana@example.com", "time_zone": "UTC"}
A1 = {"id": "A1"}
TOMORROW = later(days=1)
PHONE = "+4915112345678"
RULES = """
  - {id: there, when: 1 hour after shipment.delivered, do: [{send: hello, category: delivery}]}
  - {id: done, when: 2 hours after order.delivered, do: [{send: offer, category: delivery}]}
  - {id: lost, when: 2 days without shipment.scanned since shipment.shipped,
     stop_if: shipment.delivered, do: [{send: offer, category: delivery}]}
  - {id: ended, when: subscription.cancelled, do: [{send: hello, category: delivery}]}
"""


@pytest.fixture
async def shop(store: PostgresStore) -> Twins:
    twins = Twins(store, RULES)
    await twins.begin()
    return twins


async def test_a_scan_before_its_parcel_is_known_waits(shop: Twins) -> None:
    assert await shop.tell("shipment.delivered", NOON, "carrier", shipment=NUMBER) == "unplaced"
    assert shop.memory.log.subjects == {}

    await shop.tell("shipment.shipped", later(hours=1), order=A1, customer=ANA, shipment=PARCEL)
    await shop.pass_time(later(days=1))

    assert sorted(shop.sent()) == ["hello", "offer"]
    assert shop.memory.log.unplaced == {}
    (placed,) = [one for one in shop.memory.log.events.values() if one.arrived_at]
    assert (placed.arrived_at, placed.known_at) == (NOON, later(hours=1))


@pytest.mark.parametrize("turn", range(24))
async def test_the_order_of_arrival_never_matters(shop: Twins, turn: int) -> None:
    news = [
        shop.parsed("order.confirmed", NOON, "shop", {"order": A1, "customer": ANA}),
        shop.parsed("shipment.shipped", later(hours=1), "shop", {"order": A1, "shipment": PARCEL}),
        shop.parsed("shipment.in_transit", later(hours=2), "carrier", {"shipment": NUMBER}),
        shop.parsed("shipment.delivered", later(hours=3), "carrier", {"shipment": NUMBER}),
    ]
    for event in list(permutations(news))[turn]:
        await shop.take(event, later(hours=3))
    await shop.pass_time(later(days=2))

    assert sorted(shop.sent()) == ["hello", "offer"]


async def test_early_news_is_placed_in_the_order_in_which_it_came(shop: Twins) -> None:
    for kind in ("in_transit", "out_for_delivery", "delivered"):
        await shop.tell(f"shipment.{kind}", NOON, "carrier", shipment=NUMBER)
    await shop.tell("shipment.shipped", order=A1, customer=ANA, shipment=PARCEL)

    rows = shop.memory.log.after("order:a shop%2F1/A1", 0, 20)
    assert [one.event.type for one in rows if not one.event.derived] == [
        "shipment.shipped", "shipment.in_transit", "shipment.out_for_delivery",
        "shipment.delivered",
    ]  # fmt: skip


async def test_news_that_names_a_thing_twice_teaches_the_other_name(shop: Twins) -> None:
    await shop.tell("shipment.delivered", NOON, "carrier", shipment={"id": "P1"})
    await shop.tell("shipment.in_transit", NOON, "carrier", shipment=PARCEL)
    await shop.tell("shipment.shipped", order=A1, customer=ANA, shipment=NUMBER)
    await shop.pass_time(TOMORROW)

    assert sorted(shop.sent()) == ["hello", "offer"]


async def test_what_comes_early_twice_is_a_duplicate_or_a_conflict(shop: Twins) -> None:
    answers = []
    data: dict[str, Any] = {"shipment": NUMBER}
    known: dict[str, Any] = {"order": A1, "customer": ANA}
    for more in (data, data, data | known):
        shop.told = 0
        answers.append(await shop.tell("shipment.delivered", NOON, "shop", **more))
    assert answers == ["unplaced", "duplicate", "conflict"]

    await shop.tell("shipment.shipped", order=A1, customer=ANA, shipment=PARCEL)
    shop.told = 0
    assert await shop.tell("shipment.delivered", NOON, shipment=NUMBER) == "duplicate"
    (placed,) = [one for one in shop.memory.log.events.values() if one.arrived_at]
    assert placed.conflicts == 1


async def test_a_subscription_that_nobody_knows_waits_for_its_customer(shop: Twins) -> None:
    thing = {"id": "S1"}
    assert await shop.tell("subscription.cancelled", subscription=thing) == "unplaced"
    await shop.tell("subscription.started", customer=ANA, subscription=thing)

    assert shop.sent() == ["hello"]


async def test_a_phone_of_two_accounts_waits_until_one_has_it(shop: Twins) -> None:
    for one in ("C1", "C2"):
        await shop.tell("customer.updated", customer={"id": one, "phone": PHONE})
    said = await shop.tell("consent.withdrawn", later(hours=1), customer={"phone": PHONE})
    assert said == "unplaced"

    await shop.tell("customer.updated", TOMORROW, customer={"id": "C2", "phone": "+4915112345679"})

    (placed,) = [one for one in shop.memory.log.events.values() if one.arrived_at]
    assert placed.customer_subject == "customer:a shop%2F1/C1"


async def test_a_phone_of_two_accounts_waits_until_they_are_one(shop: Twins) -> None:
    for one in ("C1", "C2"):
        await shop.tell("customer.updated", customer={"id": one, "phone": PHONE})
    await shop.tell("consent.withdrawn", later(hours=1), customer={"phone": PHONE})
    await shop.tell("customer.merged", TOMORROW, customer={"id": "C1", "merged_from": "C2"})

    (placed,) = [one for one in shop.memory.log.events.values() if one.arrived_at]
    assert placed.customer_subject == "customer:a shop%2F1/C1"


async def test_what_waits_for_long_is_listed_with_its_names(shop: Twins) -> None:
    await shop.tell("shipment.delivered", NOON, "carrier", shipment=PARCEL)
    overview, now = shop.postgres.overview, datetime.now(UTC)

    (one,) = await overview.unplaced(now + timedelta(minutes=1))
    assert one.names == (("shipment", "P1"), ("shipment", "T1"))
    assert (one.source, one.type, one.occurred_at) == ("carrier", "shipment.delivered", NOON)
    assert await overview.unplaced(now - timedelta(days=1)) == []
    assert (await overview.gauges()).unplaced == 1


async def test_an_erasure_blanks_what_waits_for_an_address(shop: Twins) -> None:
    for one in ("C1", "C2"):
        await shop.tell("customer.updated", customer={"id": one, "phone": PHONE})
    await shop.tell("consent.withdrawn", later(hours=1), customer={"phone": PHONE})

    await shop.postgres.customers.erase("customer:a shop%2F1/C1", TOMORROW)

    async with shop.postgres.pool.connection() as connection:
        waiting = await connection.rows("select from unplaced")
        bodies = await connection.rows("select body -> 'data' from events where subject is null")
    assert (waiting, bodies) == ([], [({},)])


async def test_what_names_nothing_at_all_is_refused(shop: Twins) -> None:
    with pytest.raises(InvalidEvent, match="names neither an order or another thing"):
        await shop.tell("shipment.delivered")


async def test_who_tells_and_who_is_early_never_miss_each_other(store: PostgresStore) -> None:
    """On as many connections as there are."""
    await Twins(store, RULES).begin()
    early, told = [], []
    for number in range(30):
        things = {"shipment": f"T{number}"}
        data = {"shipment.tracking_number": f"T{number}"}
        early.append(
            an_event("shipment.delivered", f"e{number}", order=None, things=things, data=data)
        )
        told.append(
            an_event(
                "shipment.shipped",
                f"t{number}",
                order=f"A{number}",
                customer="C1",
                things={"shipment": f"P{number}"},
                data=data,
            )
        )
    both = [one for pair in zip(early, told, strict=True) for one in pair]
    await asyncio.gather(*(ingested(store, one, NOON) for one in both))

    async with store.pool.connection() as connection:
        rows = await connection.rows("select name from unplaced")
        homes = await connection.rows(
            "select count(*) from events where type = 'shipment.delivered' and seq > 0"
        )
    assert (rows, homes) == ([], [(30,)])
