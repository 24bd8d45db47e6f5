"""Tables are brought up to date while processes of the code before go on."""

import asyncio

import psycopg
import pytest
from psycopg import AsyncConnection

from store.postgres.sessions.migrate import migrate
from tests.conftest import CreateDatabase


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
            await _until_somebody_waits(other)
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


async def _until_somebody_waits(connection: AsyncConnection) -> None:
    waiting = "select from pg_locks where not granted and relation = 'nudges'::regclass"
    async with asyncio.timeout(60):
        while True:
            if await (await connection.execute(waiting)).fetchall():
                return
            await asyncio.sleep(0.05)
