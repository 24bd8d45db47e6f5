"""`python -m web` as a process of its own: it starts without Temporal, and ends when
it is told to.
"""

import asyncio
import signal
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import httpx
import pytest
from psycopg import AsyncConnection

from engine.facts.naming import Naming
from process.signed_links import Links
from store.postgres.installation import claim_naming
from store.postgres.store import PostgresStore
from tests.web.processes import a_client, a_process, settings, until_it_lives
from tests.web.serving import an_event, port_of, running, some_parts
from web.app import create_app

OURS = Naming(b"s" * 32)  # as the settings of these processes say
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
    assert (process.returncode, time.monotonic() - told < 20) == (0, True)
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


async def test_by_another_secret_it_does_not_start_and_says_what_to_do(
    store: PostgresStore, fresh_database: str
) -> None:
    await claim_naming(fresh_database, OURS)
    async with a_process(settings(fresh_database, PURNA_SECRET="x" * 32)) as process:
        _, told = await asyncio.wait_for(process.communicate(), 20)

    sentence = "PURNA_SECRET is not the secret by which this database names its customers: put back"
    assert (process.returncode, told.count(b"\n")) == (2, 1)
    assert told.decode().startswith(sentence)


async def test_a_secret_that_became_known_is_retired(
    store: PostgresStore, fresh_database: str
) -> None:
    await claim_naming(fresh_database, OURS)
    retired = settings(fresh_database, PURNA_SECRET="n" * 32, PURNA_NAMING_SECRET="s" * 32)
    token = {
        secret: Links("https://shop.example", [secret.encode()]).unsubscribe("s", "C", "sales")
        for secret in (retired["PURNA_NAMING_SECRET"], retired["PURNA_SECRET"])
    }
    async with a_process(retired), a_client(retired) as client:
        await until_it_lives(client)
        answers = [
            (await client.get(url.removeprefix("https://shop.example"))).status_code
            for url in token.values()
        ]
        assert (await client.get("/readyz")).status_code == 200

    assert answers == [404, 200]


async def test_a_database_that_comes_later_and_is_not_ours_ends_it(
    fresh_database: str, store: PostgresStore
) -> None:
    await claim_naming(fresh_database, OURS)
    async with a_door_to(fresh_database) as (door, url):
        theirs = settings(url, PURNA_SECRET="x" * 32)
        async with a_process(theirs) as process, a_client(theirs) as client:
            await until_it_lives(client)
            event = await client.post("/events", json=an_event("not ours"), timeout=10)
            door.set()
            _, told = await asyncio.wait_for(process.communicate(), 20)

    assert event.status_code == 503
    assert (process.returncode, b"PURNA_SECRET is not the secret" in told) == (2, True)
    assert await kept(store, "not ours") == set()


@asynccontextmanager
async def a_door_to(url: str) -> AsyncIterator[tuple[asyncio.Event, str]]:
    """Another address of a database, at which nobody is let in before the door is set."""
    where = urlsplit(url)
    door = asyncio.Event()

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if door.is_set():
            inner = await asyncio.open_connection(where.hostname, where.port)
            await asyncio.gather(piped(reader, inner[1]), piped(inner[0], writer))
        writer.close()

    server = await asyncio.start_server(pass_on, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    name = where.netloc.rpartition("@")[0]
    async with server:
        yield door, where._replace(netloc=f"{name}@127.0.0.1:{port}").geturl()


async def piped(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while some := await reader.read(65536):
            writer.write(some)
            await writer.drain()
    writer.close()


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
