"""What a worker answers to whoever looks after it: its counts, and whether it can decide."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from compose.worker_page import WorkerHealth, page_served
from local.embedded.ports import Ports
from process.settings import MissingSetting
from store.postgres.store import PostgresStore
from tests.conftest import CreateDatabase
from tests.shop import NAMING, Shop, a_shop
from tests.store.probing import told
from tests.stores import a_store


@pytest.fixture
async def url(create_database: CreateDatabase) -> str:
    return await create_database("template1")


@pytest.fixture
async def shop(url: str) -> AsyncIterator[Shop]:
    async with a_shop(url) as shop:
        yield shop


@pytest.fixture
async def worker(url: str, shop: Shop) -> AsyncIterator[PostgresStore]:
    """A process that has compiled nothing yet."""
    assert shop
    async with a_store(url, NAMING) as store:
        yield store


@asynccontextmanager
async def a_page(health: WorkerHealth, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    port = Ports(tmp_path / "ports.json").choose("worker")
    with page_served(("127.0.0.1", port), health):
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=20
        ) as client:
            yield client


async def ready(client: httpx.AsyncClient, missing: list[str]) -> httpx.Response:
    """The answer, once this is missing."""
    async with asyncio.timeout(30):
        while True:
            answer = await client.get("/readyz")
            if answer.json()["missing"] == missing:
                return answer
            await asyncio.sleep(0.1)


async def test_a_worker_is_ready_while_it_can_read_the_rules(
    shop: Shop, worker: PostgresStore, tmp_path: Path
) -> None:
    health = WorkerHealth(every=0.1)
    async with a_page(health, tmp_path) as client:
        assert (await ready(client, ["start"])).status_code == 503
        await told(shop.store, "update rulesets set language_version = 99")
        async with health.watching(worker):
            assert (await ready(client, ["program"])).status_code == 503
            await told(shop.store, "update rulesets set language_version = 1")
            answer = await ready(client, [])
        assert (await client.get("/readyz")).status_code == 503
    revision = (await shop.store.rulesets.active()).revision
    assert (answer.status_code, answer.json()["ruleset"]) == (200, revision)


async def test_a_temporal_that_refuses_us_is_told(tmp_path: Path) -> None:
    health = WorkerHealth(refusal=lambda: "NOT_FOUND")
    async with a_page(health, tmp_path) as client:
        assert (await client.get("/readyz")).json()["temporal_refuses"] == "NOT_FOUND"


async def test_a_worker_that_looks_no_more_is_not_ready(tmp_path: Path) -> None:
    async with a_page(WorkerHealth(missing=""), tmp_path) as client:
        answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["missing"]) == (503, ["loop"])


async def test_where_nobody_can_be_served_is_told(tmp_path: Path) -> None:
    port = Ports(tmp_path / "ports.json").choose("worker")
    address = ("127.0.0.1", port)
    with (
        page_served(address, WorkerHealth()),
        pytest.raises(MissingSetting, match=f"PURNA_METRICS .* 127.0.0.1:{port} "),
        page_served(address, WorkerHealth()),
    ):
        pass


async def test_a_page_that_ends_by_an_error_serves_nobody_more(tmp_path: Path) -> None:
    address = ("127.0.0.1", Ports(tmp_path / "ports.json").choose("worker"))
    for _ in range(2):
        with pytest.raises(LookupError), page_served(address, WorkerHealth()):
            raise LookupError


async def test_beside_it_the_counts_are_told(tmp_path: Path) -> None:
    async with a_page(WorkerHealth(), tmp_path) as client:
        assert "purna_messages_total" in (await client.get("/metrics")).text
