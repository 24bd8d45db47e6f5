"""What a worker waits for at its start, and what ends it."""

import asyncio
from contextlib import suppress

import pytest
from temporalio.client import Client

from compose.worker import WorkerSettings, read_worker_settings, work
from process.settings import MissingSetting
from store.postgres.migrations.newest import newest_tables
from tests.conftest import CreateDatabase
from tests.shop import a_shop
from tests.store.probing import note_tables


class Temporal:
    """Notes that it was looked for, and is nowhere."""

    def __init__(self) -> None:
        self.is_asked = asyncio.Event()

    async def __call__(self) -> Client:
        self.is_asked.set()
        raise MissingSetting("TEMPORAL_ADDRESS is not set.")


@pytest.fixture
async def url(create_database: CreateDatabase) -> str:
    """A database whose rules are published."""
    url = await create_database("template1")
    async with a_shop(url):
        pass
    return url


def settings_for(url: str, monkeypatch: pytest.MonkeyPatch) -> WorkerSettings:
    for name, value in {
        "PURNA_CONFIG": "/dev/null",
        "PURNA_DATABASE_URL": url,
        "PURNA_SECRET": "s" * 32,
        "PURNA_BASE_URL": "https://purna.example",
        "PURNA_SMTP_URL": "smtp://127.0.0.1:1",
        "PURNA_SENDER": "Shop <shop@purna.example>",
    }.items():
        monkeypatch.setenv(name, value)
    return read_worker_settings()


async def test_a_missing_address_of_temporal_ends_the_start(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(MissingSetting, match="TEMPORAL_ADDRESS"):
        await asyncio.wait_for(work(settings_for(url, monkeypatch), Temporal()), 20)


async def test_a_worker_waits_for_the_tables_it_needs(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables, temporal = newest_tables(), Temporal()
    note_tables(url, "0001")
    working = asyncio.create_task(work(settings_for(url, monkeypatch), temporal))
    with suppress(TimeoutError):
        await asyncio.wait_for(temporal.is_asked.wait(), 1)
    assert not temporal.is_asked.is_set()

    note_tables(url, tables)
    with pytest.raises(MissingSetting):
        await asyncio.wait_for(working, 20)


async def test_a_worker_takes_newer_tables(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    note_tables(url, "0099")

    with pytest.raises(MissingSetting):
        await asyncio.wait_for(work(settings_for(url, monkeypatch), Temporal()), 20)
