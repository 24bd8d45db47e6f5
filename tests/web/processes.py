"""`python -m web` as processes of their own, on free ports, always ended."""

import asyncio
import os
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx
import pytest

from tests.web.serving import TOKEN


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
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "web", env=environment, stderr=PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def until_it_lives(client: httpx.AsyncClient) -> None:
    for _ in range(800):  # a busy machine is no fault of what is tested
        try:
            (await client.get("/healthz")).raise_for_status()
        except httpx.ConnectError:
            await asyncio.sleep(0.05)
        else:
            return
    pytest.fail("the process does not answer")


def a_client(environment: Mapping[str, str]) -> httpx.AsyncClient:
    base = f"http://127.0.0.1:{environment['PURNA_PORT']}"
    return httpx.AsyncClient(
        base_url=base, headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False
    )
