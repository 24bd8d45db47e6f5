"""Tables are brought up to date while processes of the code before go on."""

import asyncio
from typing import LiteralString

import psycopg
import pytest
from psycopg import AsyncConnection

from store.postgres.sessions.migrate import migrate
from tests.conftest import CreateDatabase

_IS_WAITED_FOR = "select from pg_locks where not granted and relation = 'nudges'::regclass"
# Before the migration that builds indexes of the ledger.
BEFORE_INDEXES = "0014"
_IS_BEING_BUILT = "select from pg_stat_progress_create_index where datname = current_database()"
_INDEXES = """
select indisvalid from pg_index where indexrelid in (
    to_regclass('effects_settled_in_order'), to_regclass('effects_of_reason_in_order'),
    to_regclass('events_with_items_in_order'), to_regclass('audit_of_key'))
"""


@pytest.fixture
async def before(create_database: CreateDatabase) -> str:
    """A database as the release before left it."""
    url = await create_database("template1")
    await asyncio.to_thread(migrate, url, "0009")
    return url


async def test_while_somebody_keeps_a_table_everybody_else_goes_on(before: str) -> None:
    async with (
        await AsyncConnection.connect(before) as keeper,
        await AsyncConnection.connect(before, autocommit=True) as other,
    ):
        await keeper.execute("select from nudges")
        migrating = asyncio.create_task(asyncio.to_thread(migrate, before))
        try:
            await _until_there_is(other, _IS_WAITED_FOR)
            await other.execute("set statement_timeout = '30s'")
            await other.execute("select from nudges")
            assert not migrating.done()
        finally:
            await keeper.rollback()
            is_known = await migrating

    assert is_known


async def test_a_worker_of_the_code_before_sweeps_by_index(before: str) -> None:
    await asyncio.to_thread(migrate, before)

    with psycopg.connect(before) as connection:
        connection.execute("set enable_seqscan = off")
        rows = connection.execute(
            "explain select journey from effects where"
            " state in ('wanted', 'claimed', 'data', 'held') and touched_db < now()"
        ).fetchall()
    assert "effects_untouched" in str(rows)


@pytest.fixture
async def before_indexes(create_database: CreateDatabase) -> str:
    """A database as it is before a migration that builds indexes while everybody writes."""
    url = await create_database("template1")
    await asyncio.to_thread(migrate, url, BEFORE_INDEXES)
    return url


async def test_while_an_index_is_built_everybody_goes_on_writing(before_indexes: str) -> None:
    async with (
        await AsyncConnection.connect(before_indexes) as writer,
        await AsyncConnection.connect(before_indexes, autocommit=True) as other,
    ):
        await writer.execute("update effects set reason = null")
        migrating = asyncio.create_task(asyncio.to_thread(migrate, before_indexes))
        try:
            await _until_there_is(other, _IS_BEING_BUILT)
            await other.execute("set lock_timeout = '10s'")
            await other.execute("update effects set reason = null")
            assert not migrating.done(), "it waits for who writes, and nobody for it"
        finally:
            await writer.commit()
            assert await migrating
        assert await (await other.execute(_INDEXES)).fetchall() == [(True,)] * 4


async def test_a_build_that_was_cut_off_is_begun_anew(before_indexes: str) -> None:
    with psycopg.connect(before_indexes, autocommit=True) as connection:
        connection.execute("create index effects_settled_in_order on effects (key)")
        connection.execute(
            "update pg_index set indisvalid = false"
            " where indexrelid = 'effects_settled_in_order'::regclass"
        )
        await asyncio.to_thread(migrate, before_indexes)

        assert connection.execute(_INDEXES).fetchall() == [(True,)] * 4


async def test_two_who_migrate_at_once_wait_for_each_other(before_indexes: str) -> None:
    assert (
        await asyncio.gather(*(asyncio.to_thread(migrate, before_indexes) for _ in range(3)))
        == [True] * 3
    )


async def _until_there_is(connection: AsyncConnection, query: LiteralString) -> None:
    async with asyncio.timeout(60):
        while True:
            if await (await connection.execute(query)).fetchall():
                return
            await asyncio.sleep(0.05)
