"""A process compiles what it uses, keeps a bounded number of it, and raises at rules of a newer
program.
"""

import gc
from collections.abc import AsyncIterator
from weakref import ref

import pytest

from engine.language.reader import read_published
from engine.rules.kept_revisions import MOST
from store.postgres.sessions.pool import open_pool
from store.postgres.store import PostgresStore
from store.records.activations import TooOld
from tests.store.probing import JOURNEY, asked, shipped, told
from tests.store.shop import FILES, NAMING, NOON, deciding, placed, the_rules


@pytest.fixture
async def worker(database: str, store: PostgresStore) -> AsyncIterator[PostgresStore]:
    """Another process on the same database, which has compiled nothing yet."""
    assert store
    pool = await open_pool(database, 2)
    yield PostgresStore(pool, NAMING)
    await pool.close()


async def test_a_year_of_publishing_does_not_fill_the_memory_of_a_worker(
    store: PostgresStore, worker: PostgresStore
) -> None:
    first, alive = (await store.rulesets.active()).revision, []
    for hours in range(49, 49 + MOST + 8):
        await store.rulesets.publish(
            the_rules("2 days after", f"{hours} hours after"), "a", "", NOON
        )
        alive.append(ref(await worker.rulesets.active()))
    del store
    gc.collect()

    again = await worker.rulesets.revision(first)
    assert again is not None
    assert again.revision == first
    assert alive[-1]() is not None
    assert sum(one() is not None for one in alive) <= MOST


async def test_a_worker_too_old_for_the_rules_decides_nothing_and_loses_nothing(
    store: PostgresStore, worker: PostgresStore
) -> None:
    await store.events.ingest([placed(), shipped()], NOON)
    await told(store, "update rulesets set language_version = 99")
    with pytest.raises(TooOld, match="needs language version 99"):
        await worker.journeys.decide(JOURNEY, NOON, deciding(NOON))
    assert await asked(store, "select count(*) from nudges") == [(1,)]
    assert await asked(store, "select count(*) from decisions") == [(0,)]

    assert (await store.journeys.decide(JOURNEY, NOON, deciding(NOON))).open


async def test_a_worker_reads_what_was_published_before_names_had_to_be_short(
    store: PostgresStore, worker: PostgresStore
) -> None:
    name = "shipped" * 20
    files = {path: text.replace("id: shipped", f"id: {name}") for path, text in FILES.items()}
    await store.rulesets.publish(read_published(files), "a", "", NOON)

    assert name in (await worker.rulesets.active()).rules
