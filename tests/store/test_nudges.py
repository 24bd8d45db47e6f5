"""Nudges come again until they are passed; the sweep finds the rest."""

from datetime import timedelta

import pytest

from store.postgres import PostgresStore
from tests.store.probing import JOURNEY, a_message, asked, shipped, told
from tests.store.shop import NOON, deciding, placed


async def test_a_nudge_comes_again_until_a_decision_has_passed_it(store: PostgresStore) -> None:
    await store.ingest([placed(), shipped()], NOON)

    assert await store.take_nudges() == [(JOURNEY, "order")]
    assert await store.take_nudges() == []
    await told(store, "update nudges set not_before_db = now()")
    assert await store.take_nudges() == [(JOURNEY, "order")]
    await store.decide(JOURNEY, NOON, deciding(NOON))
    assert (await store.counts())["nudges"] == 0


@pytest.mark.parametrize(("tries", "seconds"), [(0, 5), (1, 10), (2, 20), (3, 40), (4, 60), (12, 60)])
async def test_nudges_back_off(store: PostgresStore, tries: int, seconds: int) -> None:
    await store.ingest([placed(), shipped()], NOON)
    await told(store, "update nudges set tries = %s", tries)

    await store.take_nudges()

    ((left,),) = await asked(store, "select not_before_db - now() from nudges")
    assert timedelta(seconds=seconds - 1) < left <= timedelta(seconds=seconds)


async def test_a_nudge_that_could_not_be_passed_on_comes_back_soon_and_does_not_count(store: PostgresStore) -> None:
    await store.ingest([placed(), shipped()], NOON)
    for _ in range(3):
        await told(store, "update nudges set not_before_db = now()")
        await store.take_nudges()
        await store.nudge_failed(JOURNEY)

    ((left, tries),) = await asked(store, "select not_before_db - now(), tries from nudges")
    assert left <= timedelta(seconds=5)
    assert tries == 0


async def test_a_decision_leaves_a_nudge_for_newer_events(store: PostgresStore) -> None:
    await store.ingest([placed(), shipped()], NOON)
    await told(store, "update nudges set seq = seq + 10")

    await store.decide(JOURNEY, NOON, deciding(NOON))

    assert (await store.counts())["nudges"] == 1


async def test_the_sweep_finds_what_was_forgotten(store: PostgresStore) -> None:
    key = await a_message(store)
    assert await store.sweep() == 0

    await told(store, "update effects set touched_db = now() - interval '3 minutes'")
    assert await store.sweep() == 1
    assert await store.sweep() == 0, "it is nudged already"
    await store.decide(JOURNEY, NOON, deciding(NOON))
    await store.attempt(key, "me", NOON)
    await told(store, "update journeys set wake_at = now() - interval '2 minutes'")
    assert await store.sweep() == 1


async def test_the_sweep_finds_news_whose_nudge_was_lost(store: PostgresStore) -> None:
    await store.ingest([placed(), shipped()], NOON)
    await told(store, "delete from nudges")
    assert await store.sweep() == 0, "a decision may be under way"

    await told(store, "update journeys set touched_db = now() - interval '2 minutes'")

    assert await store.sweep() == 1


async def test_the_sweep_gives_up_on_a_journey_that_never_decides(store: PostgresStore) -> None:
    await store.ingest([placed(), shipped()], NOON)
    await told(store, "update nudges set tries = 21, not_before_db = now()")

    assert await store.take_nudges() == []
    await store.sweep()

    assert [one.id for one in await store.quarantined()] == [JOURNEY]
