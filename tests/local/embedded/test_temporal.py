import asyncio
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.client import Client
from temporalio.testing import TimeSkipper, TimeSkippingConfig
from temporalio.worker import Worker

from local.embedded import temporal as module
from local.embedded.ports import Ports
from local.embedded.process import CannotStart, Child, Part, StartTimeouts
from local.embedded.temporal import discard_broken, temporal
from tests.local.embedded.waiting import killed_and_back

QUICK = StartTimeouts(pause=0.05)


def a_temporal(folder: Path) -> Part:
    return temporal(folder / "temporal.db", Ports(folder / "ports.json"), folder / "temporal.log")


async def start_one(address: str, name: str) -> None:
    client = await Client.connect(address)
    await client.start_workflow(
        "Nobody", id=name, task_queue="none", execution_timeout=timedelta(hours=1)
    )


async def knows(address: str, name: str) -> bool:
    client = await Client.connect(address)
    return (await client.get_workflow_handle(name).describe()).id == name


async def test_workflows_survive_a_kill_of_the_server(tmp_path: Path) -> None:
    async with Child(a_temporal(tmp_path), QUICK) as child:
        await start_one(child.part.address, "kept")
        await killed_and_back(child)

        assert await knows(child.part.address, "kept")


async def test_workflows_are_kept_between_two_starts_on_the_same_port(tmp_path: Path) -> None:
    async with Child(a_temporal(tmp_path)) as first:
        await start_one(first.part.address, "kept")
    async with Child(a_temporal(tmp_path)) as second:
        assert await knows(second.part.address, "kept")

    assert first.part.address == second.part.address


async def test_a_broken_database_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "temporal.db").write_bytes(b"no database" * 1000)

    async with Child(a_temporal(tmp_path)) as child:
        await start_one(child.part.address, "new")

    assert (tmp_path / "temporal.db.broken").read_bytes().startswith(b"no database")


async def test_a_database_deleted_under_the_server_is_made_anew(tmp_path: Path) -> None:
    async with Child(a_temporal(tmp_path), QUICK) as child:
        await start_one(child.part.address, "lost")
        (tmp_path / "temporal.db").unlink()
        await killed_and_back(child)

        await start_one(child.part.address, "lost")


def test_a_sound_database_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "temporal.db") as connection:
        connection.execute("create table kept (n)")
    connection.close()

    discard_broken(tmp_path / "temporal.db")

    assert (tmp_path / "temporal.db").exists()


def test_a_missing_database_is_no_fault(tmp_path: Path) -> None:
    discard_broken(tmp_path / "temporal.db")

    assert list(tmp_path.iterdir()) == []


def test_a_missing_program_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PROGRAM", tmp_path / "temporal")

    with pytest.raises(
        CannotStart,
        match=r"^Temporal for this machine is not installed: run .*, or set TEMPORAL_ADDRESS$",
    ):
        a_temporal(tmp_path)


@workflow.defn(sandboxed=False)
class Sleeper:
    @workflow.run
    async def run(self) -> None:
        await workflow.sleep(timedelta(days=30))


async def test_clocks_can_be_moved(temporal_address: str) -> None:
    client = await Client.connect(temporal_address)
    clock = TimeSkipper(client, config=TimeSkippingConfig(enabled=False))
    async with Worker(client, task_queue="clocks", workflows=[Sleeper]):
        sleeper = await clock.client.start_workflow(Sleeper.run, id="sleeper", task_queue="clocks")
        await clock.fast_forward(sleeper, timedelta(days=31))

        await asyncio.wait_for(sleeper.result(), 10)
