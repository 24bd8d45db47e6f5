"""A whole installation for tests: the parts that `purna run` starts, and ways to talk to them and
to kill them.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
from temporalio.client import Client

from cli.run import _stage
from engine.decisions.effects import Effect
from local.embedded.process import Child, StartTimeouts
from local.embedded.supervisor import Supervisor
from local.mail_sink.mailbox import Mailbox
from local.parts import store_at
from local.rehearsal.demo.play import DemoStage
from local.rehearsal.demo.player import Player, Progress
from store.postgres.store import PostgresStore
from store.records.answers import JourneyRow
from tests.e2e.stories import SHOP, Customer
from tests.paths import ROOT

RULES = ROOT / "rules"


@dataclass
class Installation:
    """The running parts, and clients of each of them."""

    supervisor: Supervisor
    stage: DemoStage
    store: PostgresStore
    temporal: Client
    api: httpx.AsyncClient

    def __post_init__(self) -> None:
        self.player = Player(self.store, self.temporal, self.api, Progress())

    @property
    def home(self) -> Path:
        return self.supervisor.home

    def child(self, name: str) -> Child:
        return next(child for child in self.supervisor.children if child.part.name == name)

    def kill(self, name: str) -> None:
        if pid := self.child(name).pid:
            os.kill(pid, signal.SIGKILL)

    async def tell(
        self, customer: Customer, kind: str, at: datetime, **things: Mapping[str, Any]
    ) -> None:
        """Post one event, which must be accepted."""
        answer = await self.post(customer.event(kind, at, **things))
        assert answer.status_code == 202, answer.text

    async def post(self, event: Mapping[str, Any]) -> httpx.Response:
        return await self.api.post(
            "/events", json=event, headers={"content-type": "application/cloudevents+json"}
        )

    async def delivered(self, customer: Customer, order: str, at: datetime) -> None:
        """An order that has arrived: its review request waits for seven days, its offer for ten."""
        await self.tell(customer, "order.confirmed", at, order={"id": order})
        await self.tell(
            customer, "shipment.delivered", at, order={"id": order}, shipment={"id": f"P-{order}"}
        )
        await self.settled()

    async def settled(self, within: float = 30) -> None:
        """Until nothing is nudged and nothing is open."""
        await until(self.store.overview.idle, within)

    async def journey(self, order: str) -> JourneyRow:
        wanted = f"order:{SHOP}/{order}"
        return next(row for row in await self.store.journeys.woken() if row.journey == wanted)

    async def until_next_due(self, order: str) -> None:
        """Move an order's journey past its next due moment, and see it through."""
        await self.player.wake(await self.journey(order))
        await self.settled()

    def mails(self, customer: Customer) -> list[EmailMessage]:
        box = Mailbox(self.stage.mail)
        return [
            box.mail(order) for order in box.orders() if box.heading(order).to == customer.address
        ]

    def subjects(self, customer: Customer) -> list[str]:
        return [str(mail["Subject"]) for mail in self.mails(customer)]

    async def effect(self, order: str, rule_id: str) -> Effect | None:
        """What a rule came to about an order, None if it has not fired."""
        found = [
            one
            for one in await self.store.inquiries.effects(order)
            if one.firing.rule_id == rule_id
        ]
        return found[0] if found else None

    async def execute(self, statement: str, *asked: Any) -> None:
        """SQL of a test, to make time pass for the database."""
        async with self.store.pool.connection() as connection:
            await connection.execute(statement.encode(), asked)


@asynccontextmanager
async def an_installation(home: Path, pause: float) -> AsyncIterator[Installation]:
    """Everything that `purna run` starts, in this home; what was killed is started again after a
    pause, in seconds.
    """
    patience = StartTimeouts(pause=pause, longest_pause=pause)
    async with Supervisor(home, {"PATH": os.defpath}, patience=patience) as supervisor:
        # Signals are for the test runner: the task that they would end here is long over.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().remove_signal_handler(number)
        stage = await _stage(supervisor, RULES)
        headers = {"authorization": f"Bearer {stage.token}"}
        async with (
            store_at(stage.running.database_url, stage.secret) as store,
            httpx.AsyncClient(
                base_url=stage.running.addresses["web"], headers=headers, timeout=10
            ) as api,
        ):
            temporal = await Client.connect(stage.running.temporal_address)
            yield Installation(supervisor, stage, store, temporal, api)


async def until(holds: Callable[[], Awaitable[bool]], within: float = 30) -> None:
    async with asyncio.timeout(within):
        while not await holds():  # noqa: ASYNC110  # another process makes it true
            await asyncio.sleep(0.02)
