"""A database whose disk is full: events are refused for now, and all goes on afterwards."""

import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from psycopg.errors import DiskFull

from local.embedded.ports import Ports
from local.embedded.postgres import postgres
from local.embedded.process import Child
from operations.health import readiness
from operations.store_failures import is_away
from store.postgres.sessions.migrate import migrate
from store.postgres.sessions.pool import open_pool
from store.postgres.store import PostgresStore
from tests.store.shop import NAMING, NOON, placed, the_rules

_SIZE = "200m"


@pytest.fixture
def small_disk(home: Path) -> Iterator[Path]:
    """A folder on a disk of its own; whoever may not mount one cannot fill one."""
    folder = home / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={_SIZE},mode=711", "tmpfs", str(folder)],
        check=False,
        capture_output=True,
    )
    if mounted.returncode:
        pytest.skip(f"no disk may be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
async def store(home: Path, small_disk: Path) -> AsyncIterator[PostgresStore]:
    port = Ports(home / "ports.json").choose("postgres")
    part = await postgres(small_disk / "postgres", port, home / "postgres.log", durable=False)
    async with Child(part):
        migrate(part.address)
        pool = await open_pool(part.address, 2)
        opened = PostgresStore(pool, NAMING)
        await opened.rulesets.publish(the_rules(), "tests", "a beginning", NOON)
        yield opened
        await pool.close()


async def test_while_the_disk_is_full_it_is_told_and_nothing_accepted_is_lost(
    store: PostgresStore, small_disk: Path
) -> None:
    assert (await readiness(store)).missing is None
    filler = small_disk / "filler"
    _fill(filler)
    accepted, failure = await _taken_until_full(store)
    assert is_away(failure)
    assert (await readiness(store)).missing == "writes"

    filler.unlink()

    assert (await readiness(store)).missing is None
    await store.events.ingest([placed(f"A{accepted}")], NOON)
    assert (await store.overview.counts())["events"] == accepted + 1


async def _taken_until_full(store: PostgresStore) -> tuple[int, DiskFull]:
    for accepted in range(5000):
        try:
            await store.events.ingest([placed(f"A{accepted}")], NOON)
        except DiskFull as full:
            return accepted, full
    raise AssertionError("the disk never was full")


def _fill(filler: Path) -> None:
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(os.urandom(1) * 65536)
        except OSError:
            pass
