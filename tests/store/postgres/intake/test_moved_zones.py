"""A zone that becomes known wakes whatever waits for a day of that customer, and nothing else."""

from engine.facts.events import ALLOWANCE, counted_from
from store.postgres.store import PostgresStore
from tests.engine.builders import DAY
from tests.store.probing import asked
from tests.store.shop import NAMING, NOON, an_event, deciding, placed, the_rules

ORDER = NAMING.journey("order:a shop%2F1/A1")


async def test_an_order_that_waits_is_nudged_when_its_customer_moves(store: PostgresStore) -> None:
    await store.events.ingest([placed("A1"), an_event("order.delivered", order="A1")], NOON)
    await store.events.ingest([placed("A2", "C2"), placed("A3")], NOON)
    for (journey,) in await asked(store, "select journey from nudges"):
        await store.journeys.decide(journey, NOON, deciding(NOON))
    assert await asked(store, "select journey from nudges") == []

    zone = {"customer.time_zone": "Asia/Jakarta"}
    moved = an_event("customer.updated", 7, order=None, customer="C1", data=zone)
    await store.events.ingest([moved], NOON)

    assert await asked(store, "select journey from nudges") == [(ORDER,)]
    await store.journeys.decide(ORDER, NOON, deciding(NOON))
    assert await asked(store, "select distinct firing ->> 'zone' from waits") == [("Asia/Jakarta",)]
    assert await asked(store, "select journey from nudges") == []


async def test_an_order_whose_message_waits_for_a_time_of_day_is_nudged_too(
    store: PostgresStore,
) -> None:
    waits = "category: delivery, send_at: '15:00'}"
    rules = the_rules("category: delivery}", waits)
    await store.rulesets.publish(rules, "tests", "later", NOON)
    await store.events.ingest([placed("A1"), an_event("shipment.shipped", order="A1")], NOON)
    await store.journeys.decide(ORDER, NOON, deciding(NOON))
    assert await asked(store, "select state, reason from effects") == [("held", None)]

    zone = {"customer.time_zone": "Europe/Helsinki"}
    moved = an_event("customer.updated", 7, order=None, customer="C1", data=zone)
    await store.events.ingest([moved], NOON)

    assert await asked(store, "select journey from nudges") == [(ORDER,)]
    await store.journeys.decide(ORDER, NOON, deciding(NOON))
    woken = "select to_char(wake_at at time zone 'UTC', 'HH24:MI') from journeys"
    assert await asked(store, woken) == [("13:00",)]


async def test_a_word_that_moves_nobody_wakes_nobody(store: PostgresStore) -> None:
    await store.events.ingest([placed("A1"), an_event("order.delivered", order="A1")], NOON)
    await store.journeys.decide(ORDER, NOON, deciding(NOON))

    name = {"customer.first_name": "Ann"}
    told = an_event("customer.updated", 7, order=None, customer="C1", data=name)
    await store.events.ingest([told], NOON)

    assert await asked(store, "select journey from nudges") == []


async def test_what_a_sender_said_of_the_time_is_kept_in_the_log(store: PostgresStore) -> None:

    ahead = counted_from(placed("A1", at=NOON + DAY), NOON + ALLOWANCE)
    assert await store.events.ingest([ahead], NOON) == ["accepted"]
    later = counted_from(placed("A1", at=NOON + DAY), NOON + 2 * ALLOWANCE)
    assert await store.events.ingest([later], NOON + ALLOWANCE) == ["duplicate"]

    rows = await asked(store, "select occurred_at, body ->> 'told_at' from events")
    assert rows == [(NOON + ALLOWANCE, "2026-03-03T12:00:00.000000Z")]
