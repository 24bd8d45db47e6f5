"""A parcel has every name its senders use, in both stores: the shop's id and the carrier's number
are one parcel, from whichever moment that is known.
"""

import pytest

from engine.facts.things import ids_of
from store.postgres.store import PostgresStore
from tests.store.shop import NOON, later
from tests.store.twins import Twins

PARCEL = {"id": "P1", "tracking_number": "T1"}
NUMBER = {"tracking_number": "T1"}
ANA = {"id": "C1", "email": "ana@example.com", "time_zone": "UTC"}
A1 = {"id": "A1"}
TOMORROW = later(days=1)
RULES = """
  - {id: near, when: shipment.out_for_delivery, do: [{send: hello, category: delivery}]}
  - {id: there, when: 1 hour after shipment.delivered, do: [{send: hello, category: delivery}]}
  - {id: done, when: 2 hours after order.delivered, do: [{send: offer, category: delivery}]}
  - {id: lost, when: 2 days without shipment.scanned since shipment.shipped,
     stop_if: shipment.delivered, do: [{send: offer, category: delivery}]}
"""


@pytest.fixture
async def shop(store: PostgresStore) -> Twins:
    twins = Twins(store, RULES)
    await twins.begin()
    return twins


@pytest.mark.parametrize("order", [{"order": A1}, {}], ids=["with the order", "alone"])
async def test_a_carrier_speaks_of_the_shops_parcel_by_its_number(
    shop: Twins, order: dict[str, dict[str, str]]
) -> None:
    await shop.tell("shipment.shipped", order=A1, customer=ANA, shipment=PARCEL)
    await shop.tell("shipment.out_for_delivery", TOMORROW, "carrier", shipment=NUMBER, **order)
    await shop.tell("shipment.delivered", TOMORROW, "carrier", shipment=NUMBER, **order)
    await shop.pass_time(later(days=2))

    assert sorted(shop.sent()) == ["hello", "hello", "offer"]
    state = shop.memory.log.facts("order:a shop%2F1/A1")
    assert ids_of(state, "shipment") == ("P1",)


async def test_the_shop_may_name_it_after_the_carrier(shop: Twins) -> None:
    await shop.tell("shipment.shipped", NOON, "carrier", order=A1, customer=ANA, shipment=NUMBER)
    await shop.tell("shipment.shipped", order=A1, customer=ANA, shipment=PARCEL)
    await shop.tell("shipment.delivered", TOMORROW, order=A1, shipment={"id": "P1"})
    await shop.pass_time(later(days=2))

    assert sorted(shop.sent()) == ["hello", "offer"]


async def test_two_parcels_that_turn_out_to_be_one_are_one(shop: Twins) -> None:
    await shop.tell("shipment.shipped", order=A1, customer=ANA, shipment={"id": "P1"})
    await shop.tell("shipment.shipped", NOON, "carrier", order=A1, shipment=NUMBER)
    await shop.tell("shipment.delivered", TOMORROW, "carrier", shipment=NUMBER)
    assert sorted(shop.sent()) == []

    await shop.tell("shipment.eta_changed", TOMORROW, order=A1, shipment=PARCEL)
    await shop.pass_time(later(days=2))

    assert sorted(shop.sent()) == ["hello", "offer"]


async def test_what_has_a_parcels_name_and_is_no_parcel_keeps_it(shop: Twins) -> None:
    await shop.tell("shipment.shipped", order=A1, customer=ANA, shipment={"id": "P1"})
    await shop.tell("shipment.shipped", NOON, "carrier", order=A1, shipment=NUMBER)
    await shop.tell("review.received", NOON, order=A1, review={"id": "T1", "stars": 2})
    await shop.tell("shipment.eta_changed", TOMORROW, order=A1, shipment=PARCEL)

    state = shop.memory.log.facts("order:a shop%2F1/A1")
    assert ids_of(state, "shipment") == ("P1",)
    assert ids_of(state, "review") == ("T1",)


async def test_what_was_said_of_either_is_not_said_again(shop: Twins) -> None:
    await shop.tell("shipment.delivered", order=A1, customer=ANA, shipment={"id": "P1"})
    await shop.tell("shipment.in_transit", NOON, "carrier", order=A1, shipment=NUMBER)
    await shop.pass_time(later(hours=1))
    await shop.tell("shipment.eta_changed", TOMORROW, order=A1, shipment=PARCEL)
    await shop.tell("shipment.delivered", TOMORROW, "carrier", shipment=NUMBER)
    await shop.pass_time(later(days=2))

    assert shop.sent().count("hello") == 1


async def test_what_waits_for_either_is_said_once(shop: Twins) -> None:
    await shop.tell("shipment.delivered", order=A1, customer=ANA, shipment={"id": "P1"})
    await shop.tell("shipment.delivered", NOON, "carrier", order=A1, shipment=NUMBER)
    await shop.tell("shipment.eta_changed", order=A1, shipment=PARCEL)
    await shop.pass_time(later(days=2))

    assert sorted(shop.sent()) == ["hello", "offer"]


async def test_each_order_may_have_a_parcel_1(shop: Twins) -> None:
    for order, number in (("A1", "T1"), ("A2", "T2")):
        parcel = {"id": "1", "tracking_number": number}
        await shop.tell("shipment.shipped", order={"id": order}, customer=ANA, shipment=parcel)
    await shop.tell("shipment.delivered", TOMORROW, "carrier", shipment={"tracking_number": "T1"})
    await shop.pass_time(later(days=1, hours=4))

    assert sorted(shop.sent()) == ["hello", "offer"]
    orders = {one.firing.order for one in shop.memory.effects.values() if one.state == "sent"}
    assert orders == {"A1"}


async def test_a_number_that_is_used_again_means_the_newer_parcel(shop: Twins) -> None:
    for order in ("A1", "A2"):
        parcel = {"id": f"P {order}", "tracking_number": "T1"}
        await shop.tell("shipment.shipped", order={"id": order}, customer=ANA, shipment=parcel)
    await shop.tell("shipment.out_for_delivery", TOMORROW, "carrier", shipment=NUMBER)

    assert [one.firing.order for one in shop.memory.effects.values()] == ["A2"]


async def test_two_shops_may_use_the_same_ids_of_one_source(shop: Twins) -> None:
    await shop.tell("shipment.shipped", order=A1, customer=ANA, shipment=PARCEL)
    shop.told -= 1
    assert await shop.tell("order.placed", order={"id": "A7"}, shop="another") == "accepted"
