"""Nudges come again until they are passed, and how often."""

from datetime import timedelta

import pytest

from store.postgres.store import PostgresStore
from tests.store.probing import JOURNEY, asked, shipped, somebody_decides, told
from tests.store.shop import NOON, an_event, deciding, placed


async def test_a_nudge_comes_again_until_a_decision_has_passed_it(store: PostgresStore) -> None:
    await store.events.ingest([placed(), shipped()], NOON)

    assert await store.nudges.take() == [(JOURNEY, "order")]
    assert await store.nudges.take() == []
    await told(store, "update nudges set not_before_db = now()")
    assert await store.nudges.take() == [(JOURNEY, "order")]
    await store.journeys.decide(JOURNEY, NOON, deciding(NOON))
    assert (await store.overview.counts())["nudges"] == 0


@pytest.mark.parametrize(
    ("tries", "seconds"), [(0, 5), (1, 10), (2, 20), (3, 40), (4, 60), (12, 60)]
)
async def test_nudges_back_off(store: PostgresStore, tries: int, seconds: int) -> None:
    await store.events.ingest([placed(), shipped()], NOON)
    await told(store, "update nudges set tries = %s", tries)
    await somebody_decides(store)

    await store.nudges.take()

    ((left,),) = await asked(store, "select not_before_db - now() from nudges")
    assert timedelta(seconds=seconds - 1) < left <= timedelta(seconds=seconds)


async def test_a_clock_that_was_ahead_counts_no_tries(store: PostgresStore) -> None:
    await store.events.ingest([placed(), shipped()], NOON)
    await told(store, "update nudges set tries = 8")
    await told(store, "update deciding set last_db = now() + interval '1 day'")

    await store.nudges.take()

    assert await asked(store, "select tries from nudges") == [(8,)]


async def taken_in_all(store: PostgresStore) -> int:
    """How many journeys are nudged before there is none left to nudge now."""
    number = 0
    while taken := await store.nudges.take():
        number += len(taken)
    return number


async def many_nudges(store: PostgresStore, number: int) -> None:
    await told(
        store,
        "insert into nudges (journey, seq) select 'order:a/' || n, 1 from generate_series(1, %s) n",
        number,
    )


async def test_new_nudges_wait_while_many_journeys_have_not_decided(store: PostgresStore) -> None:
    await many_nudges(store, 1_000)

    assert await taken_in_all(store) == 200
    assert await taken_in_all(store) == 0
    await told(
        store,
        "delete from nudges where journey in (select journey from nudges where tries = 1 limit 50)",
    )
    assert await taken_in_all(store) == 50


async def test_those_that_have_not_decided_come_again_before_new_ones(store: PostgresStore) -> None:
    await many_nudges(store, 500)
    await taken_in_all(store)

    await told(store, "update nudges set not_before_db = now()")
    assert await taken_in_all(store) == 200
    assert await asked(
        store, "select tries, count(*) from nudges group by tries order by tries"
    ) == [
        (0, 300),
        (2, 200),
    ]


async def test_journeys_that_never_decide_hold_up_nobody_for_long(store: PostgresStore) -> None:
    await many_nudges(store, 500)
    await taken_in_all(store)

    await told(store, "update nudges set tries = 4 where tries > 0")
    assert await taken_in_all(store) == 200


async def test_a_nudge_that_could_not_be_passed_on_comes_back_soon_and_does_not_count(
    store: PostgresStore,
) -> None:
    await store.events.ingest([placed(), shipped()], NOON)
    for _ in range(3):
        await told(store, "update nudges set not_before_db = now()")
        await store.nudges.take()
        await store.nudges.failed(JOURNEY)

    ((left, tries),) = await asked(store, "select not_before_db - now(), tries from nudges")
    assert left <= timedelta(seconds=5)
    assert tries == 0


async def test_failures_back_off_to_five_seconds(store: PostgresStore) -> None:
    await store.events.ingest([placed(), shipped()], NOON)
    pauses = []
    for _ in range(6):
        await told(store, "update nudges set not_before_db = now()")
        await store.nudges.take()
        await store.nudges.failed(JOURNEY)
        ((left,),) = await asked(store, "select not_before_db - now() from nudges")
        pauses.append(round(left.total_seconds() * 2) / 2)

    assert pauses == [0.5, 1.0, 2.0, 4.0, 5.0, 5.0]


async def test_while_nobody_decides_tries_are_not_counted(store: PostgresStore) -> None:
    """A nudge each minute for half an hour, then workers come back."""
    await store.events.ingest([placed(), shipped()], NOON)
    for _ in range(30):
        await told(store, "update nudges set not_before_db = now()")
        assert await store.nudges.take() == [(JOURNEY, "order")]
        await store.nudges.sweep()

    assert await asked(store, "select tries from nudges") == [(4,)]
    assert await store.quarantine.entries() == []
    await store.journeys.decide(JOURNEY, NOON, deciding(NOON))
    assert (await store.overview.counts())["nudges"] == 0


async def test_while_others_decide_tries_are_counted(store: PostgresStore) -> None:
    await store.events.ingest([placed(), shipped()], NOON)
    await somebody_decides(store)
    for _ in range(30):
        await told(store, "update nudges set not_before_db = now()")
        await store.nudges.take()
    await store.nudges.sweep()

    assert [one.id for one in await store.quarantine.entries()] == [JOURNEY]


async def test_a_nudge_that_temporal_refuses_is_quarantined_at_once(store: PostgresStore) -> None:
    await store.events.ingest([placed(), shipped()], NOON)
    for _ in range(2):
        await store.nudges.take()
        await store.nudges.refused(JOURNEY, "the id is too long")
        await store.events.ingest([an_event("order.cancelled", "again")], NOON)

    (entry,) = await store.quarantine.entries()
    assert (entry.source, entry.id, entry.error) == ("journey", JOURNEY, "the id is too long")
    assert await store.quarantine.retry(entry.number, NOON) == "nudged"


async def test_a_decision_leaves_a_nudge_for_newer_events(store: PostgresStore) -> None:
    await store.events.ingest([placed(), shipped()], NOON)
    await told(store, "update nudges set seq = seq + 10")

    await store.journeys.decide(JOURNEY, NOON, deciding(NOON))

    assert (await store.overview.counts())["nudges"] == 1
