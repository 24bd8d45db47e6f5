"""Nudges come again until they are passed; the sweep finds the rest."""

from datetime import timedelta

import pytest

from store.postgres.store import PostgresStore
from tests.store.probing import JOURNEY, a_message, asked, shipped, told
from tests.store.shop import NOON, deciding, placed


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

    await store.nudges.take()

    ((left,),) = await asked(store, "select not_before_db - now() from nudges")
    assert timedelta(seconds=seconds - 1) < left <= timedelta(seconds=seconds)


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


async def test_a_decision_leaves_a_nudge_for_newer_events(store: PostgresStore) -> None:
    await store.events.ingest([placed(), shipped()], NOON)
    await told(store, "update nudges set seq = seq + 10")

    await store.journeys.decide(JOURNEY, NOON, deciding(NOON))

    assert (await store.overview.counts())["nudges"] == 1


async def test_the_sweep_finds_what_was_forgotten(store: PostgresStore) -> None:
    key = await a_message(store)
    assert await store.nudges.sweep() == 0

    await told(store, "update effects set touched_db = now() - interval '3 minutes'")
    assert await store.nudges.sweep() == 1
    assert await store.nudges.sweep() == 0, "it is nudged already"
    await store.journeys.decide(JOURNEY, NOON, deciding(NOON))
    await store.ledger.attempt(key, "me", NOON)
    await told(store, "update journeys set wake_at = now() - interval '2 minutes'")
    assert await store.nudges.sweep() == 1


async def test_the_sweep_finds_news_whose_nudge_was_lost(store: PostgresStore) -> None:
    await store.events.ingest([placed(), shipped()], NOON)
    await told(store, "delete from nudges")
    assert await store.nudges.sweep() == 0, "a decision may be under way"

    await told(store, "update journeys set touched_db = now() - interval '2 minutes'")

    assert await store.nudges.sweep() == 1


async def test_the_sweep_gives_up_on_a_journey_that_never_decides(store: PostgresStore) -> None:
    await store.events.ingest([placed(), shipped()], NOON)
    await told(store, "update nudges set tries = 21, not_before_db = now()")

    assert await store.nudges.take() == []
    await store.nudges.sweep()

    assert [one.id for one in await store.quarantine.entries()] == [JOURNEY]
