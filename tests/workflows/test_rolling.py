"""A rolling deploy under load: real worker processes of two builds, the older of which is stopped
in the middle.
"""

import asyncio
import os
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from temporalio.client import Client

from bench.chaos.means.rolling_deploy import RecordedVersions, recorded, rolled
from process.settings import Build
from tests.shop import ANA, Shop, a_shop
from tests.workflows.scripted import until
from tests.workflows.test_worker import Worker, a_worker

ORDERS = 48
CUSTOMERS = 16  # who are given a perk beside, in a journey of their own


@pytest.fixture
async def shop(fresh_database: str) -> AsyncIterator[Shop]:
    async with a_shop(fresh_database) as shop:
        yield shop


@pytest.fixture
def settings(fresh_database: str, impatient: Client, shop: Shop) -> dict[str, str]:
    return {
        "PATH": os.defpath,
        "TEMPORAL_ADDRESS": impatient.service_client.config.target_host,
        "PURNA_DATABASE_URL": fresh_database,
        "PURNA_BASE_URL": "https://purna.example",
        "PURNA_SECRET": "s" * 32,
        "PURNA_SMTP_URL": f"smtp://127.0.0.1:{shop.smtp.port}",
        "PURNA_SENDER": "Shop <shop@purna.example>",
    }


async def test_a_rolling_deploy_under_load_loses_and_doubles_nothing_and_meets_no_non_determinism(
    shop: Shop, settings: dict[str, str], impatient: Client
) -> None:
    workers: list[Worker] = []

    @asynccontextmanager
    async def worker(build: Build) -> AsyncIterator[Process]:
        named = {"PURNA_DEPLOYMENT": build.deployment, "PURNA_BUILD_ID": build.id}
        async with a_worker({**settings, **named}) as started:
            workers.append(started)
            yield started.process

    async with rolled(impatient, "shop", worker, _tell(shop)):
        await until(lambda: _is_settled(shop), within=40)

    sent = [mail.message_id for mail in shop.smtp.kept]
    assert len(sent) == len(set(sent)) == ORDERS + CUSTOMERS
    assert {one.state for one in await shop.store.inquiries.effects() if one.kind == "send"} == {
        "sent"
    }
    found = await recorded(impatient, "TaskQueue = 'purna'")
    assert found == RecordedVersions(found.runs, [], frozenset({"1", "2"}))
    assert found.runs >= ORDERS + CUSTOMERS
    assert workers[0].process.returncode == 0
    assert [line for one in workers for line in one.lines if line["level"] != "info"] == []


async def _tell(shop: Shop) -> None:
    for number in range(ORDERS):
        customer = {**ANA, "id": f"C{number}"}
        await shop.tell("order.confirmed", order={"id": f"R{number}"}, customer=customer)
        if number % (ORDERS // CUSTOMERS) == 0:
            await shop.tell(
                "loyalty.tier_changed",
                customer={**customer, "tier": "gold"},
                loyalty={"direction": "up"},
            )
        await asyncio.sleep(0.2)


async def _is_settled(shop: Shop) -> bool:
    return await shop.store.overview.idle() and len(shop.smtp.kept) >= ORDERS + CUSTOMERS
