"""`python -m web` as a process of its own: it starts without Temporal, and ends when
it is told to.
"""

import asyncio
import signal
import socket
import time

import httpx
import pytest
from psycopg import AsyncConnection

from store.postgres.store import PostgresStore
from tests.web.processes import a_client, a_process, settings, until_it_lives
from tests.web.serving import an_event, port_of, running, some_parts
from web.app import create_app

# Sessions of web processes that wait for a lock.
_WAITING = """
select count(*) from pg_stat_activity
where datname = current_database() and application_name = 'purna web' and wait_event_type = 'Lock'
"""


async def test_without_temporal_it_starts_takes_events_and_ends_when_told(
    store: PostgresStore, fresh_database: str
) -> None:
    environment = settings(fresh_database)
    async with a_process(environment) as process, a_client(environment) as client:
        await until_it_lives(client)
        ready = await client.get("/readyz")
        answers = [
            await client.post("/events", json=an_event(f"alone-{number}")) for number in range(3)
        ]
        process.send_signal(signal.SIGTERM)
        told = time.monotonic()
        _, log = await process.communicate()

    assert [answer.status_code for answer in (ready, *answers)] == [200, 202, 202, 202]
    assert (process.returncode, time.monotonic() - told < 5) == (0, True)
    assert b"Traceback" not in log
    assert await store.nudges.take(10) is not None
    assert (await store.overview.counts())["events"] == 3


async def test_without_a_database_it_starts_and_says_that_it_is_not_ready() -> None:
    environment = settings("postgresql://127.0.0.1:1/nothing")
    async with a_process(environment) as process, a_client(environment) as client:
        await until_it_lives(client)
        answer = await client.get("/readyz", timeout=10)
        event = await client.post("/events", json=an_event("lost"), timeout=10)
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    assert (answer.status_code, answer.json()["missing"]) == (503, ["database"])
    assert (event.status_code, event.headers["retry-after"]) == (503, "1")


@pytest.mark.parametrize(
    "name",
    ["PURNA_DATABASE_URL", "PURNA_API_TOKEN", "PURNA_SECRET", "PURNA_BASE_URL", "TEMPORAL_ADDRESS"],
)
async def test_a_missing_setting_is_told_in_one_sentence(name: str) -> None:
    environment = settings("postgresql://127.0.0.1:1/nothing")
    del environment[name]
    async with a_process(environment) as process:
        _, told = await process.communicate()
    assert process.returncode == 2
    assert told.decode().startswith(f"{name} is not set")
    assert told.count(b"\n") == 1


async def test_a_port_in_use_ends_it_with_a_reason() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        async with a_process(
            settings("postgresql://127.0.0.1:1/nothing", PURNA_PORT=port)
        ) as process:
            _, log = await process.communicate()
    assert process.returncode not in (0, None)
    assert b"address already in use" in log.lower()


async def test_requests_under_way_are_answered_before_the_end(
    store: PostgresStore, fresh_database: str, witness: AsyncConnection
) -> None:
    environment = settings(fresh_database)
    names = {f"farewell-{number}" for number in range(20)}
    async with a_process(environment) as process, a_client(environment) as client:
        await until_it_lives(client)
        async with witness.transaction():
            await witness.execute("lock table events")
            posted = [
                asyncio.create_task(client.post("/events", json=an_event(name), timeout=60))
                for name in names
            ]
            await until_waiting(witness)
            process.send_signal(signal.SIGTERM)
            await asyncio.sleep(0.5)
        answers = await asyncio.gather(*posted, return_exceptions=True)
        assert await process.wait() == 0

    # What a busy machine had not read by then was not under way: its sender is cut off, and nothing
    # of it is kept. On a slow one the lock is waited for too long.
    said = {
        name: getattr(one, "status_code", None) for name, one in zip(names, answers, strict=True)
    }
    assert all(isinstance(one, httpx.Response | httpx.TransportError) for one in answers)
    assert set(said.values()) <= {202, 503, None}
    taken = {name for name, status in said.items() if status == 202}
    assert taken
    assert await kept(store, "farewell-") == taken


async def test_who_is_connected_may_ask_once_more_after_the_end_is_told(
    store: PostgresStore,
) -> None:
    async with (
        running(create_app(some_parts(store))) as server,
        a_client({"PURNA_PORT": str(port_of(server))}) as client,
    ):
        await until_it_lives(client)
        server.leave()
        while server.servers[0].is_serving():  # noqa: ASYNC110  # uvicorn offers no event
            await asyncio.sleep(0)
        answer = await client.post("/events", json=an_event("once-more"))
        with pytest.raises(httpx.ConnectError):
            await client.post("/events", json=an_event("too-late"))

    assert (answer.status_code, answer.headers["connection"]) == (202, "close")
    assert await kept(store, "once-more") == {"once-more"}


async def until_waiting(witness: AsyncConnection) -> None:
    """Until something waits for a lock, and a little longer: what was sent beside it has arrived
    too.
    """
    for _ in range(3_000):
        cursor = await witness.execute(_WAITING)
        if await cursor.fetchone() != (0,):
            await asyncio.sleep(0.2)
            return
        await asyncio.sleep(0.02)
    pytest.fail("nothing waits")


async def kept(store: PostgresStore, beginning: str) -> set[str]:
    """The ids in the log that begin so."""
    async with store.pool.connection() as connection:
        return {
            name
            for (name,) in await connection.rows(
                "select id from events where starts_with(id, %s)", (beginning,)
            )
        }
