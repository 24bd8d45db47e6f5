"""Sessions that give up soon, migrations, and rulesets."""

import asyncio

import psycopg
import pytest

from compose.migrate import migrate as migrate_it
from store.postgres.migrations.newest import newest_tables
from store.postgres.sessions.migrate import migrate
from store.postgres.store import PostgresStore
from store.records.activations import NoRuleset
from tests.conftest import CreateDatabase
from tests.store.probing import asked, note_tables, told
from tests.store.shop import NAMING, NOON, placed, the_rules


async def test_every_session_gives_up_soon(store: PostgresStore) -> None:
    settings = (
        "idle_in_transaction_session_timeout",
        "lock_timeout",
        "statement_timeout",
        "timezone",
        "application_name",
    )
    shown = [(await asked(store, f"show {name}"))[0][0] for name in settings]

    assert shown == ["5s", "2s", "5s", "UTC", "purna"]


async def test_a_database_that_was_away_is_found_again(store: PostgresStore, database: str) -> None:
    await store.overview.counts()
    with psycopg.connect(database, autocommit=True) as connection:
        # It answers once the sessions are gone, or they would have been used before they heard of
        # their end.
        connection.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = "
            "'purna'"
        )

    assert await store.events.ingest([placed()], NOON) == ["accepted"]


async def test_two_processes_may_migrate_at_once(create_database: CreateDatabase) -> None:
    url = await create_database("template1")

    await asyncio.gather(*(asyncio.to_thread(migrate, url) for _ in range(3)))

    with psycopg.connect(url) as connection:
        assert connection.execute("select version_num from alembic_version").fetchall() == [
            (newest_tables(),)
        ]


async def test_tables_of_a_newer_program_are_left_as_they_are(
    create_database: CreateDatabase,
) -> None:
    url = await create_database("template1")
    assert await asyncio.to_thread(migrate, url)
    note_tables(url, "0099")

    assert not await asyncio.to_thread(migrate, url)
    assert (await migrate_it(url)).to_json() == {"tables": "newer than this program knows"}


async def test_older_tables_are_not_enough(store: PostgresStore, database: str) -> None:
    assert await store.overview.has_needed_tables()
    note_tables(database, "0099")
    assert await store.overview.has_needed_tables()
    note_tables(database, "0002")
    assert not await store.overview.has_needed_tables()
    await told(store, "drop table alembic_version")
    assert not await store.overview.has_needed_tables()


async def test_a_ruleset_is_read_back_by_another_process(store: PostgresStore) -> None:
    second = the_rules("2 days after", "3 days after")
    assert await store.rulesets.publish(second, "me", "later", NOON)
    assert not await store.rulesets.publish(second, "me", "once more", NOON)

    other = PostgresStore(store.pool, NAMING)

    assert (await other.rulesets.active()).revision == second.revision
    first = await other.rulesets.revision(the_rules().revision)
    assert first is not None
    assert first.rules.keys() == second.rules.keys()
    assert await other.rulesets.revision("no such") is None


async def test_nothing_is_accepted_before_rules_are_published(unpublished: PostgresStore) -> None:
    with pytest.raises(NoRuleset):
        await unpublished.events.ingest([placed()], NOON)

    assert (await unpublished.overview.counts())["events"] == 0


@pytest.fixture
async def unpublished(store: PostgresStore) -> PostgresStore:
    await told(store, "truncate activations")
    return PostgresStore(store.pool, NAMING)
