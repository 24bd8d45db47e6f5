"""`python -m web` as a process of its own: it starts without Temporal, and ends when it is told to."""

import asyncio
import signal
import socket
import time
from itertools import count

import httpx
import pytest
from psycopg import AsyncConnection

from store.postgres import PostgresStore
from tests.web.processes import a_client, a_process, settings, until_it_lives
from tests.web.serving import an_event


async def test_without_temporal_it_starts_takes_events_and_ends_when_told(
    store: PostgresStore, fresh_database: str
) -> None:
    environment = settings(fresh_database)
    async with a_process(environment) as process, a_client(environment) as client:
        await until_it_lives(client)
        ready = await client.get("/readyz")
        answers = [await client.post("/events", json=an_event(f"alone-{number}")) for number in range(3)]
        process.send_signal(signal.SIGTERM)
        told = time.monotonic()
        _, log = await process.communicate()

    assert [answer.status_code for answer in (ready, *answers)] == [200, 202, 202, 202]
    assert (process.returncode, time.monotonic() - told < 5) == (0, True)
    assert b"Traceback" not in log
    assert await store.take_nudges(10) is not None
    assert (await store.counts())["events"] == 3


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


@pytest.mark.parametrize("name", ["PURNA_DATABASE_URL", "PURNA_API_TOKEN", "PURNA_SECRET", "PURNA_BASE_URL"])
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
        async with a_process(settings("postgresql://127.0.0.1:1/nothing", PURNA_PORT=port)) as process:
            _, log = await process.communicate()
    assert process.returncode not in (0, None)
    assert b"address already in use" in log


async def test_a_process_that_is_told_to_end_cuts_off_nobody(store: PostgresStore, fresh_database: str) -> None:
    environment = settings(fresh_database)
    accepted: list[str] = []

    async with a_process(environment) as process, a_client(environment) as client:
        await until_it_lives(client)

        async def sender(number: int) -> None:
            for again in count():
                try:
                    answer = await client.post("/events", json=an_event(f"farewell-{number}-{again}"))
                except httpx.ConnectError:  # it takes no more: whoever posts goes elsewhere
                    return
                assert answer.status_code == 202
                accepted.append(f"farewell-{number}-{again}")

        async with asyncio.timeout(30), asyncio.TaskGroup() as group:
            for number in range(12):
                group.create_task(sender(number))
            await asyncio.sleep(1)
            process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0

    assert len(accepted) > 12
    assert await kept(store, "farewell-") == set(accepted)


async def test_a_request_that_waits_in_the_database_is_answered_before_the_end(
    store: PostgresStore, fresh_database: str, witness: AsyncConnection
) -> None:
    environment = settings(fresh_database)
    async with a_process(environment) as process, a_client(environment) as client:
        await until_it_lives(client)
        async with witness.transaction():
            await witness.execute("lock table events")
            posted = asyncio.create_task(client.post("/events", json=an_event("waits"), timeout=10))
            await asyncio.sleep(0.3)
            process.send_signal(signal.SIGTERM)
            await asyncio.sleep(1)
        answer = await posted
        assert await process.wait() == 0

    assert answer.status_code == 202
    assert await kept(store, "waits") == {"waits"}


async def kept(store: PostgresStore, beginning: str) -> set[str]:
    """The ids in the log that begin so."""
    async with store.pool.connection() as connection:
        return {
            name for (name,) in await connection.rows("select id from events where starts_with(id, %s)", (beginning,))
        }
