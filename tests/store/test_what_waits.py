"""What waits for an address, for its customer or for their time of day, in both stores."""

from typing import Any

from store.postgres.store import PostgresStore
from tests.store.shop import NOON, later
from tests.store.twins import Twins

ANA = {"id": "C1", "email": "ana@example.com", "time_zone": "UTC"}
RULES = """
  - id: readers
    when: order.confirmed
    do: [{send: hello, by: email, category: delivery, to: [order.contact, customer]}]
  - id: morning
    when: order.placed
    do: [{send: offer, by: email, category: delivery, send_at: "15:00"}]
  - id: perk
    when: order.delivered
    do: [{grant: free_returns, for: 30 days, uses: 2}]
  - id: granted
    when: perk.granted
    do: [{send: offer, by: email, category: delivery}]
"""


async def a_shop(store: PostgresStore, *people: dict[str, Any]) -> Twins:
    twins = Twins(store, RULES)
    await twins.begin()
    for person in people:
        await twins.tell("customer.created", customer=person)
    return twins


async def test_a_reader_whose_address_comes_later_is_told_then(store: PostgresStore) -> None:
    shop = await a_shop(store, ANA)
    await shop.tell("order.confirmed", order={"id": "A1"}, customer={"id": "C1"})
    assert (shop.sent(), shop.unsent()) == (["hello"], ["no_channel"])

    contact = {"id": "A1", "email": "desk@example.com"}
    await shop.tell("order.changed", later(hours=1), order=contact)
    await shop.pass_time(later(hours=1, minutes=1))
    assert shop.sent() == ["hello", "hello"]


async def test_a_reader_who_turns_out_to_be_told_already_is_not_told_again(
    store: PostgresStore,
) -> None:
    shop = await a_shop(store, ANA)
    await shop.tell("order.confirmed", order={"id": "A1"}, customer={"id": "C1"})
    contact = {"id": "A1", "email": "Ana@example.com"}
    await shop.tell("order.changed", later(hours=1), order=contact)
    await shop.pass_time(later(hours=1, minutes=1))

    assert (shop.sent(), shop.unsent()) == (["hello"], ["no_channel"])


async def test_a_time_of_day_follows_the_customer(store: PostgresStore) -> None:
    shop = await a_shop(store, ANA)
    await shop.tell("order.placed", order={"id": "A1"}, customer={"id": "C1"})
    moved = {"id": "C1", "time_zone": "America/New_York"}
    await shop.tell("customer.updated", later(hours=1), customer=moved)
    await shop.pass_time(later(hours=3))
    assert (shop.sent(), shop.unsent()) == ([], ["None"])

    moved = {"id": "C1", "time_zone": "Europe/Helsinki"}
    await shop.tell("customer.updated", later(hours=4), customer=moved)
    assert shop.sent() == ["offer"]


async def test_a_perk_waits_for_the_customer_of_its_order(store: PostgresStore) -> None:
    shop = await a_shop(store)
    await shop.tell("order.delivered", order={"id": "A1"})
    assert shop.unsent() == ["unknown_customer"]

    await shop.tell("order.changed", later(hours=1), order={"id": "A1"}, customer=ANA)
    await shop.pass_time(later(hours=1, minutes=1))
    (perk,) = (one for one in shop.memory.effects.values() if one.name == "perk.granted")
    assert (perk.state, perk.customer) == ("done", "customer:a shop%2F1/C1")


async def test_a_stop_of_one_reader_holds_for_whatever_goes_to_the_address(
    store: PostgresStore,
) -> None:
    twin = {"id": "C2", "email": "ANA@example.com"}
    shop = await a_shop(store, ANA, twin)
    await shop.tell("consent.withdrawn", NOON, customer=twin, consent={"channel": "email"})
    await shop.tell("order.confirmed", later(hours=1), order={"id": "A1"}, customer=ANA)
    assert (shop.sent(), set(shop.unsent())) == ([], {"no_consent", "no_channel"})

    await shop.tell("consent.given", later(hours=2), customer=twin, consent={"channel": "email"})
    await shop.tell("order.confirmed", later(hours=3), order={"id": "A2"}, customer=ANA)
    assert shop.sent() == ["hello"]
