"""The worker process itself: its settings, its start without its servers, its end by a signal and
its sudden deaths.
"""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from engine.facts.naming import Naming
from store.postgres.installation import claim_naming
from tests.paths import ROOT
from tests.shop import Shop, a_shop
from tests.workflows.scripted import until

WORKER = ROOT / "worker.py"


@pytest.fixture
async def shop(fresh_database: str) -> AsyncIterator[Shop]:
    async with a_shop(fresh_database) as shop:
        yield shop


@pytest.fixture
def settings(fresh_database: str, temporal_address: str, shop: Shop) -> dict[str, str]:
    return {
        "PATH": os.defpath,
        "TEMPORAL_ADDRESS": temporal_address,
        "PURNA_DATABASE_URL": fresh_database,
        "PURNA_BASE_URL": "https://purna.example",
        "PURNA_SECRET": "s" * 32,
        "PURNA_SMTP_URL": f"smtp://127.0.0.1:{shop.smtp.port}",
        "PURNA_SENDER": "Shop <shop@purna.example>",
    }


class Worker:
    """One life of a worker process."""

    def __init__(self, process: Process) -> None:
        self.process, self.lines = process, list[dict[str, str]]()
        self.reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            with suppress(ValueError):
                self.lines.append(json.loads(line))

    def said(self, event: str) -> list[dict[str, str]]:
        return [line for line in self.lines if line.get("event") == event]


@asynccontextmanager
async def a_worker(settings: Mapping[str, str]) -> AsyncIterator[Worker]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, WORKER, env=dict(settings), stderr=PIPE
    )
    worker = Worker(process)
    try:
        yield worker
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        await worker.reading


async def test_a_missing_setting_is_one_sentence(settings: dict[str, str]) -> None:
    del settings["PURNA_SMTP_URL"]

    process = await asyncio.create_subprocess_exec(
        sys.executable, WORKER, env=settings, stderr=PIPE
    )
    _, told = await process.communicate()
    assert process.returncode == 2
    assert told.decode().startswith("PURNA_SMTP_URL is not set: it says where the mail server is")
    assert told.count(b"\n") == 1


async def test_by_another_secret_it_does_not_start_and_says_what_to_do(
    settings: dict[str, str], shop: Shop, tmp_path: Path
) -> None:
    await claim_naming(settings["PURNA_DATABASE_URL"], Naming(b"s" * 32))
    (tmp_path / "secret").write_text("x" * 32)
    del settings["PURNA_SECRET"]
    settings["PURNA_SECRET_FILE"] = str(tmp_path / "secret")

    process = await asyncio.create_subprocess_exec(
        sys.executable, WORKER, env=settings, stderr=PIPE
    )
    _, told = await asyncio.wait_for(process.communicate(), 20)

    assert process.returncode == 2
    (line,) = [line for line in told.decode().splitlines() if not line.startswith("{")]
    assert line.startswith("what the file of PURNA_SECRET_FILE holds is not the secret by which")


async def test_it_sends_and_ends_in_order_at_a_signal(shop: Shop, settings: dict[str, str]) -> None:
    async with a_worker(settings) as worker:
        await shop.tell("order.confirmed", order={"id": "K0"})
        await until(lambda: shop.smtp.kept, within=20)
        worker.process.terminate()
        assert await asyncio.wait_for(worker.process.wait(), 10) == 0
    assert [line["event"] for line in worker.lines if line["level"] != "info"] == []


async def test_without_temporal_it_waits_and_says_so_once(settings: dict[str, str]) -> None:
    async with a_worker({**settings, "TEMPORAL_ADDRESS": "127.0.0.1:1"}) as worker:
        await until(lambda: worker.said("waiting"), within=20)
        await asyncio.sleep(2.5)
        assert [line["what"] for line in worker.said("waiting")] == ["Temporal"]
        assert worker.process.returncode is None


async def test_without_a_database_it_waits_and_says_so_once(settings: dict[str, str]) -> None:
    async with a_worker(
        {**settings, "PURNA_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    ) as worker:
        await until(lambda: worker.said("waiting"), within=20)
        await asyncio.sleep(2.5)
        assert len(worker.lines) == 1


@pytest.mark.timeout(180)
async def test_a_worker_that_is_killed_again_and_again_loses_and_doubles_nothing(
    shop: Shop, settings: dict[str, str]
) -> None:
    orders = [f"K{number}" for number in range(1, 61)]
    telling = asyncio.create_task(_tell_slowly(shop, orders))
    for _ in range(3):
        async with a_worker(settings) as worker:
            before = len(shop.smtp.kept)
            await until(lambda before=before: len(shop.smtp.kept) >= before + 8, within=40)  # type: ignore[misc]  # mypy knows no default in a lambda
            worker.process.kill()
    await telling
    async with a_worker(settings):
        await until(lambda: _all_settled(shop), within=100)
    sent = [mail.message_id for mail in shop.smtp.kept]
    assert len(sent) == len(set(sent))
    states = {
        one.firing.order: one.state
        for one in await shop.store.inquiries.effects()
        if one.firing.order in orders
    }
    doubtful = [order for order, state in states.items() if state in ("leaving", "uncertain")]
    assert set(states) == set(orders)
    assert len(orders) - len(doubtful) <= len(sent) <= len(orders)
    assert len(doubtful) <= 3 * 8  # no more than there were connections inside DATA


async def _tell_slowly(shop: Shop, orders: list[str]) -> None:
    for order in orders:
        await shop.tell("order.confirmed", order={"id": order})
        await asyncio.sleep(0.15)


def _has_sent(shop: Shop, mails: int) -> bool:
    return len(shop.smtp.kept) >= mails


async def _all_settled(shop: Shop) -> bool:
    """What was inside DATA when its worker died is left to its lease."""
    states = [one.state for one in await shop.store.inquiries.effects()]
    return (
        not set(states) - {"sent", "leaving", "uncertain"}
        and (await shop.store.overview.counts())["nudges"] == 0
    )
