"""Sessions whose network swallows everything: each is given up soon, and others take its place."""

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import psutil  # type: ignore[import-untyped]  # it has no types of its own
import psycopg
import pytest

from bench.chaos.means.black_hole import NotAllowed, swallow
from store.postgres.sessions.pool import Connection, Pool, open_pool
from store.postgres.store import PostgresStore
from tests.store.shop import NAMING, NOON, placed

_SESSIONS = 5


async def seconds_of(work: Awaitable[object]) -> float:
    began = time.monotonic()
    await work
    return time.monotonic() - began


async def black_hole(pool: Pool, database: str, sessions: int) -> None:
    """All of the first sessions of a pool."""
    taken = [await pool.getconn() for _ in range(sessions)]
    for one in taken:
        one.used = 0.0  # nobody has heard of it for a while
        await pool.putconn(one)
    ports = frozenset(local_port(one) for one in taken)
    server = psutil.Process(taken[0].info.backend_pid).parent()
    assert server is not None
    try:
        struck = await asyncio.to_thread(
            swallow, [psutil.Process()], server, urlsplit(database).port or 0, ports
        )
    except NotAllowed as reason:
        pytest.skip(str(reason))
    assert struck == sessions


def local_port(connection: Connection) -> int:
    with socket.socket(fileno=os.dup(connection.fileno())) as ours:
        return int(ours.getsockname()[1])


@pytest.fixture
async def pool(store: PostgresStore, database: str) -> AsyncIterator[Pool]:
    assert store
    opened = await open_pool(database, _SESSIONS)
    yield opened
    await opened.close()


async def test_where_all_sessions_lie_in_a_black_hole_new_ones_answer_within_seconds(
    pool: Pool, database: str
) -> None:
    await black_hole(pool, database, _SESSIONS)
    events = PostgresStore(pool, NAMING).events

    took = await seconds_of(
        asyncio.gather(*(events.ingest([placed(f"A{one}")], NOON) for one in range(20)))
    )

    assert took < 10


async def test_a_proxy_that_stops_passing_on_is_no_database(
    store: PostgresStore, database: str
) -> None:
    assert store
    async with a_proxy(database) as (address, goes_on):
        pool = await open_pool(address, 1)
        async with pool.connection() as connection:
            assert await connection.rows("select 1") == [(1,)]
            goes_on.clear()
            connection.answered_within = 0.5
            began = time.monotonic()
            with pytest.raises(psycopg.OperationalError):
                await connection.rows("select 1")
            assert time.monotonic() - began < 5
            assert connection.closed
        await pool.close()


async def test_who_gives_a_question_up_is_not_kept_by_a_proxy_that_stopped(
    store: PostgresStore, database: str
) -> None:
    assert store
    async with a_proxy(database) as (address, goes_on):
        pool = await open_pool(address, 1)
        async with pool.connection() as connection:
            await connection.rows("select 1")
            goes_on.clear()
            began = time.monotonic()
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3):
                    await connection.rows("select 1")
            assert time.monotonic() - began < 9
            assert connection.closed
        await pool.close()


async def test_an_answer_that_this_process_was_too_slow_to_read_is_no_silence(pool: Pool) -> None:
    async with pool.connection() as connection:
        connection.answered_within = 0.3
        asking = asyncio.create_task(connection.rows("select pg_sleep(0.1)"))
        await asyncio.sleep(0.05)
        time.sleep(0.6)  # noqa: ASYNC251  # as a process that was stopped

        assert len(await asking) == 1


async def test_where_the_machine_stood_still_the_database_has_time_to_answer(pool: Pool) -> None:
    async with pool.connection() as connection:
        connection.answered_within = 3.0
        asking = asyncio.create_task(connection.rows("select pg_sleep(5.5)", None))
        await asyncio.sleep(0.05)
        time.sleep(4.5)  # noqa: ASYNC251  # neither of the two got on

        with suppress(psycopg.errors.QueryCanceled):  # a statement may take five seconds
            assert len(await asking) == 1
        assert not connection.closed


async def test_a_long_question_of_a_person_may_take_its_time(pool: Pool) -> None:
    async with pool.connection() as connection:
        connection.answered_within = 5.0
        await connection.rows("select pg_sleep(0.2)")
    async with pool.connection() as connection:
        assert connection.answered_within > 5


@asynccontextmanager
async def a_proxy(database: str) -> AsyncIterator[tuple[str, asyncio.Event]]:
    """A way to the database on which nothing gets through while the event is not set."""
    parts, goes_on = urlsplit(database), asyncio.Event()
    goes_on.set()

    under_way = set[asyncio.Task[None]]()

    async def passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError):
                while data := await reader.read(65536):
                    await goes_on.wait()
                    writer.write(data)
        finally:
            writer.close()

    async def joined(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        other, back = await asyncio.open_connection(parts.hostname, parts.port)
        for way in (passed(reader, back), passed(other, writer)):
            task = asyncio.create_task(way)
            under_way.add(task)
            task.add_done_callback(under_way.discard)

    server = await asyncio.start_server(joined, "127.0.0.1")
    port = server.sockets[0].getsockname()[1]
    try:
        yield (
            parts._replace(netloc=f"{parts.username}:{parts.password}@127.0.0.1:{port}").geturl(),
            goes_on,
        )
    finally:
        goes_on.set()
        server.close()
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
