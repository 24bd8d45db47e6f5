"""`python -m web` as a process of its own: it starts without Temporal, and ends when it is told to."""

import asyncio
import os
import signal
import socket
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx
import pytest

from store.postgres import PostgresStore
from tests.web.serving import TOKEN, an_event


def a_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def settings(database_url: str, **others: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PURNA_DATABASE_URL": database_url,
        "PURNA_API_TOKEN": TOKEN,
        "PURNA_SECRET": "s" * 32,
        "PURNA_BASE_URL": "https://shop.example",
        "PURNA_PORT": str(a_port()),
        "TEMPORAL_ADDRESS": "127.0.0.1:1",
        **others,
    }


@asynccontextmanager
async def a_process(environment: Mapping[str, str]) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "web", env=environment, stderr=PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def until_it_lives(client: httpx.AsyncClient) -> None:
    for _ in range(200):
        try:
            (await client.get("/healthz")).raise_for_status()
        except httpx.ConnectError:
            await asyncio.sleep(0.05)
        else:
            return
    pytest.fail("the process does not answer")


def a_client(environment: Mapping[str, str]) -> httpx.AsyncClient:
    base = f"http://127.0.0.1:{environment['PURNA_PORT']}"
    return httpx.AsyncClient(base_url=base, headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False)


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
