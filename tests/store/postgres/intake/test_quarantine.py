"""What could not be made sense of is tried again, or let go."""

import asyncio
from typing import LiteralString

import pytest

from engine.language.reader import read_ruleset
from store.postgres.sessions.transactions import transaction
from store.postgres.store import PostgresStore
from store.records.subjects import BATCH
from tests.store.probing import JOURNEY, asked, shipped, somebody_decides, told
from tests.store.shop import FILES, NOON, an_event, deciding, later, placed

OWN = "version: 1\nevents: {setup.started: {about: order, facts: {}}}\n"


async def test_an_event_is_accepted_once_the_rules_know_it(store: PostgresStore) -> None:
    assert await store.events.ingest([an_event("setup.started", customer="C1")], NOON) == [
        "quarantined"
    ]
    (broken,) = await store.quarantine.entries()
    await store.rulesets.publish(
        read_ruleset({**FILES, "catalog.yaml": OWN}), "ann", "mended", NOON
    )

    assert await store.quarantine.retry(broken.number, later(hours=1)) == "accepted"

    assert await store.quarantine.entries() == []
    assert [logged.event.type for logged in await store.inquiries.events_of("A1")] == [
        "setup.started"
    ]


async def test_an_event_that_breaks_again_stays_in_quarantine(store: PostgresStore) -> None:
    await store.events.ingest([an_event("setup.started", customer="C1")], NOON)
    (broken,) = await store.quarantine.entries()

    assert await store.quarantine.retry(broken.number, NOON) == "quarantined"

    assert [(one.source, one.id, one.type) for one in await store.quarantine.entries()] == [
        ("shop", "1", "setup.started")
    ]
    assert await store.quarantine.retry(broken.number, NOON) == "unknown"


async def test_an_event_over_facts_that_nobody_can_read_is_set_aside_and_the_others_go_on(
    store: PostgresStore,
) -> None:
    await store.events.ingest([placed(), placed("A2", "C2")], NOON)
    await told(store, "update subjects set facts = '{\"happened\": 7}' where id = %s", JOURNEY)

    assert await store.events.ingest([shipped(), shipped("A2")], NOON) == [
        "quarantined",
        "accepted",
    ]
    assert [one.id for one in await store.quarantine.entries()] == ["shipped A1"]


async def test_an_event_that_broke_a_decision_is_read_once_more(store: PostgresStore) -> None:
    await store.events.ingest([placed(), shipped()], NOON)
    await told(
        store,
        "update events set body = jsonb_set(body, '{type}', '\"no.such\"') where type = "
        "'shipment.shipped'",
    )
    assert (await store.journeys.decide(JOURNEY, NOON, deciding(NOON))).open == ()
    (broken,) = await store.quarantine.entries()
    await told(
        store,
        "update events set body = jsonb_set(body, '{type}', '\"shipment.shipped\"') where type = "
        "'shipment.shipped'",
    )

    assert await store.quarantine.retry(broken.number, NOON) == "nudged"
    ((_, key),) = (await store.journeys.decide(JOURNEY, NOON, deciding(NOON))).open

    assert key.startswith(f"{JOURNEY}/shipped/")
    assert (await store.journeys.decide(JOURNEY, NOON, deciding(NOON))).open == (("send", key),)
    assert await asked(store, "select cursor, again from journeys where journey = %s", JOURNEY) == [
        (3, [])
    ]


async def test_of_very_many_that_are_read_once_more_none_is_forgotten(store: PostgresStore) -> None:
    many = BATCH + 5
    await store.events.ingest(
        [placed(), shipped(), *(an_event("order.changed", n) for n in range(many))], NOON
    )
    for _ in range(2):
        await store.journeys.decide(JOURNEY, NOON, deciding(NOON))
    heard = "select count(*) from decisions where event = 'order.changed'"
    assert await asked(store, heard) == [(many,)]
    await told(
        store,
        "update journeys set again = array(select seq from events where type = 'order.changed')",
    )

    first = await store.journeys.decide(JOURNEY, NOON, deciding(NOON))
    assert (first.wake_at, first.ended) == (NOON, False)
    await store.journeys.decide(JOURNEY, NOON, deciding(NOON))

    assert await asked(store, heard) == [(2 * many,)]
    assert await asked(store, "select again from journeys") == [([],)]


async def test_a_journey_that_never_decided_is_nudged_again(store: PostgresStore) -> None:
    await store.events.ingest([placed(), shipped()], NOON)
    await somebody_decides(store)
    await told(store, "update nudges set tries = 21, not_before_db = now()")
    await store.nudges.sweep()
    (stuck,) = await store.quarantine.entries()

    assert await store.quarantine.retry(stuck.number, NOON) == "nudged"

    assert [journey for journey, _ in await store.nudges.take()] == [JOURNEY]


async def test_what_is_let_go_is_noted_and_its_event_counts_as_known(store: PostgresStore) -> None:
    poison = an_event("setup.started", customer="C1")
    await store.events.ingest([poison], NOON)
    (broken,) = await store.quarantine.entries()

    assert await store.quarantine.let_go(broken.number, NOON)

    assert await store.quarantine.entries() == []
    assert await store.events.ingest([poison], NOON) == ["duplicate"]
    assert await asked(store, "select key, what from audit") == [("shop 1", "let go")], (
        "an error may quote a customer"
    )
    assert not await store.quarantine.let_go(broken.number, NOON)


BREAKS_THE_FOLD = "select 1 from subjects where id = %s for update"
BREAKS_A_DECISION = "select 1 from journeys where journey = %s for update"


@pytest.mark.parametrize("first", [BREAKS_THE_FOLD, BREAKS_A_DECISION])
async def test_a_retry_locks_in_the_order_of_an_erasure(
    store: PostgresStore, first: LiteralString
) -> None:
    poison = an_event("setup.started", customer="C1")
    await store.events.ingest(
        [placed(), shipped(), *([poison] if first == BREAKS_THE_FOLD else [])], NOON
    )
    if first == BREAKS_A_DECISION:
        await somebody_decides(store)
        await told(store, "update nudges set tries = 21 where journey = %s", JOURNEY)
        await store.nudges.sweep()
    (broken,) = await store.quarantine.entries()

    async with transaction(store.pool) as erasing:
        await erasing.rows(first, (JOURNEY,))
        retrying = asyncio.create_task(store.quarantine.retry(broken.number, NOON))
        await asyncio.sleep(0.3)  # it waits for what the erasure has locked
        await erasing.execute("set local lock_timeout = '100ms'")
        assert await erasing.rows("update quarantine set error = 'erased' returning source")
    assert await retrying in ("quarantined", "nudged")
