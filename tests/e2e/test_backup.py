"""A backup is one dump of PostgreSQL: what was waiting goes on from it, with a Temporal that knows
nothing.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from email import message_from_bytes
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest

from compose.store import store_at
from local.embedded.ports import Ports
from local.embedded.process import Child
from local.embedded.programs import BIN, PACKAGE
from local.embedded.temporal import temporal
from local.mail_sink.__main__ import Sink
from local.rehearsal.travel import until
from operations.rules.rules_folder import read_rules
from store.postgres.sessions.migrate import migrate
from tests.conftest import CreateDatabase
from tests.web.processes import a_client, a_process, settings

pytestmark = pytest.mark.timeout(300)
RULES = """
version: 1
rules:
  - id: thanks
    when: order.placed
    do: [{send: thanks, by: email, category: orders}]
  - id: later
    when: 0.5 minutes after order.placed
    do: [{send: later, by: email, category: orders}]
"""
POLICIES = """
version: 1
time_zone: {from: [customer.time_zone], otherwise: Europe/Paris}
locale: en
categories: [{id: orders, kind: transactional, ignores: [cap, suppress, holdout, quiet_hours]}]
"""
PLACED = {
    "specversion": "1.0",
    "type": "order.placed",
    "source": "shop",
    "id": "placed-1",
    "data": {
        "shop": "shop",
        "order": {"id": "A1"},
        "customer": {"id": "C1", "email": "ana@example.com"},
    },
}


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    (folder / "journeys").mkdir(parents=True)
    (folder / "templates" / "en").mkdir(parents=True)
    (folder / "journeys" / "orders.yaml").write_text(RULES)
    (folder / "policies.yaml").write_text(POLICIES)
    for name in ("thanks", "later"):
        (folder / "templates" / "en" / f"{name}.md").write_text(
            f"---\nsubject: {name}\n---\nHello.\n"
        )
    return folder


def program(name: str) -> str:
    spec = find_spec(PACKAGE)
    assert spec is not None
    assert spec.origin is not None
    return str(Path(spec.origin).parent / BIN / name)


class Shop:
    """Web process and worker on a database, with a Temporal and a mail server of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.ports = folder, Ports(folder / "ports.json")
        self.smtp = self.ports.choose("smtp")
        self.mails = folder / "mails"

    def environment(self, database_url: str, temporal_address: str) -> Mapping[str, str]:
        return settings(
            database_url,
            TEMPORAL_ADDRESS=temporal_address,
            PURNA_SMTP_URL=f"smtp://127.0.0.1:{self.smtp}?tls=none",
            PURNA_SENDER="Shop <shop@purna.example>",
            HOME=str(self.folder),
        )

    @asynccontextmanager
    async def running(self, name: str, database_url: str) -> AsyncIterator[Mapping[str, str]]:
        """With a Temporal that begins empty, and is gone afterwards."""
        file = self.folder / f"temporal-{name}.db"
        part = temporal(file, Ports(self.folder / f"{name}.json"), self.folder / f"{name}.log")
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(Child(part))
            environment = self.environment(database_url, part.address)
            await stack.enter_async_context(a_process(environment))
            await stack.enter_async_context(a_worker(environment))
            async with a_client(environment) as client:
                await until(answers(client))
            yield environment

    def subjects(self) -> list[str]:
        read = (message_from_bytes(one.read_bytes()) for one in self.mails.glob("*.eml"))
        return sorted(str(mail["subject"]) for mail in read)

    def has_sent(self, most: int) -> Callable[[], Awaitable[bool]]:
        async def look() -> bool:
            return len(self.subjects()) >= most

        return look


def answers(client: httpx.AsyncClient) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        with suppress(httpx.TransportError):
            return (await client.get("/healthz")).is_success
        return False

    return look


@asynccontextmanager
async def a_worker(environment: Mapping[str, str]) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "compose.worker", env=environment, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.kill()
        await process.wait()


async def told(environment: Mapping[str, str], at: datetime) -> dict[str, int]:
    async with a_client(environment) as client:
        event = PLACED | {"time": at.isoformat()}
        kind = {"Content-Type": "application/cloudevents+json"}
        answer = await client.post("/events", content=json.dumps(event), headers=kind)
    assert answer.status_code == 202, answer.text
    counts: dict[str, int] = answer.json()
    return counts


async def test_a_restored_dump_goes_on_where_the_original_stood(
    tmp_path: Path, rules: Path, create_database: CreateDatabase
) -> None:
    shop, original = Shop(tmp_path), await create_database("template1")
    at = datetime.now(UTC)
    migrate(original)
    async with store_at(original, "s" * 32) as store:
        await store.rulesets.publish(read_rules(rules), "a test", "start", at)
    sink = Sink(shop.mails, shop.smtp)
    await sink.start()
    try:
        async with shop.running("before", original) as environment:
            await told(environment, at)
            await until(shop.has_sent(1), 20)
            dump = tmp_path / "purna.dump"
            run = (program("pg_dump"), "--format=custom", f"--file={dump}", original)
            await asyncio.to_thread(subprocess.run, run, check=True)

        restored = await create_database("template1")
        back = (program("pg_restore"), "--exit-on-error", f"--dbname={restored}", str(dump))
        await asyncio.to_thread(subprocess.run, back, check=True)
        async with shop.running("after", restored) as environment:
            again = await told(environment, at)
            await until(shop.has_sent(2), 120)
            await asyncio.sleep(3)
    finally:
        await sink.stop()

    assert again["duplicates"] == 1
    assert shop.subjects() == ["later", "thanks"]
