"""The process that sweeps is killed in the middle of it: what it held is free, and another one
sweeps.
"""

import asyncio
from collections.abc import Awaitable, Callable

from psycopg import AsyncConnection

from engine.catalog.catalog import builtin
from engine.facts.events import parse_event
from store.postgres.store import PostgresStore
from tests.web.processes import a_client, a_process, settings, until_it_lives
from tests.web.serving import NOW, an_event

# An event that its journey has not read for minutes, and nobody is to be told of it.
_FORGET = """
update journeys set touched_db = now() - interval '5 minutes';
delete from nudges
"""
_SWEEPING = """
select count(*) from pg_locks
where locktype = 'advisory' and granted and database = (select oid from pg_database
    where datname = current_database())
"""
_NUDGED = "select count(*) from nudges where journey = 'order:kk/A-forgotten'"


async def count(witness: AsyncConnection, query: str) -> int:
    row = await (await witness.execute(query.encode())).fetchone()
    assert row is not None
    return int(row[0])


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):  # a busy machine starts a process slowly
        while not await holds():  # noqa: ASYNC110  # another process makes it true
            await asyncio.sleep(0.01)


async def test_when_the_sweeping_process_is_killed_another_one_sweeps(
    store: PostgresStore, witness: AsyncConnection, fresh_database: str
) -> None:
    await store.events.ingest([parse_event(an_event("forgotten"), builtin(), NOW)], NOW)

    environment = settings(fresh_database)
    async with a_process(environment) as first, a_client(environment) as client:
        await until_it_lives(client)
        async with witness.transaction():  # the next sweep cannot end
            await witness.execute("lock table journeys in access exclusive mode")
            await witness.execute(_FORGET.encode())
            await until(lambda: _is(witness, _SWEEPING, 1))
            first.kill()
            await first.wait()
        await until(lambda: _is(witness, _SWEEPING, 0))
        assert await count(witness, _NUDGED) == 0

    environment = settings(fresh_database)
    async with a_process(environment), a_client(environment) as client:
        await until_it_lives(client)
        await until(lambda: _is(witness, _NUDGED, 1))


async def _is(witness: AsyncConnection, query: str, expected: int) -> bool:
    return await count(witness, query) == expected
