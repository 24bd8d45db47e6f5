"""A whole installation for tests: the parts that `purna run` starts, and ways to talk to them and
to kill them.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx

from engine.decisions.effects import Effect
from local.embedded.process import StartTimeouts
from local.installation import (
    MOVED_CLOCKS,
    Installation,
    InstallationClients,
    InstallationPlan,
    open_installation,
)
from local.mail_sink.mailbox import Mailbox
from local.rehearsal.event_post import EventPost
from local.rehearsal.player import Player
from local.rehearsal.travel import until
from operations.rules.check import sound_rules
from store.records.answers import JourneyRow
from tests.e2e.stories import SHOP, NoonCustomer
from tests.paths import ROOT, RULES


@dataclass(frozen=True)
class RunningShop:
    """The running parts with clients of each of them, and a player for the shop's journeys."""

    parts: Installation
    clients: InstallationClients
    player: Player

    async def tell(
        self, customer: NoonCustomer, kind: str, at: datetime, **things: Mapping[str, Any]
    ) -> None:
        """Post one event, which must be accepted."""
        answer = await self.post(customer.event(kind, at, **things))
        assert answer.status_code == 202, answer.text

    async def post(self, event: Mapping[str, Any]) -> httpx.Response:
        return await EventPost(self.clients.api).post(event)

    async def delivered(self, customer: NoonCustomer, order: str, at: datetime) -> None:
        """An order that has arrived: its review request waits for seven days, its offer for ten."""
        await self.tell(customer, "order.confirmed", at, order={"id": order})
        await self.tell(
            customer, "shipment.delivered", at, order={"id": order}, shipment={"id": f"P-{order}"}
        )
        await self.settled()

    async def settled(self, within: float = 30) -> None:
        """Until nothing is nudged and nothing is open."""
        await until(self.clients.store.overview.idle, within)

    async def journey(self, order: str) -> JourneyRow:
        wanted = f"order:{SHOP}/{order}"
        return next(
            row for row in await self.clients.store.journeys.woken() if row.journey == wanted
        )

    async def until_next_due(self, order: str) -> None:
        """Move an order's journey past its next due moment, and see it through."""
        await self.player.wake(await self.journey(order))
        await self.settled()

    def mails(self, customer: NoonCustomer) -> list[EmailMessage]:
        box = Mailbox(self.parts.mail)
        return [
            box.mail(order) for order in box.orders() if box.heading(order).to == customer.address
        ]

    def subjects(self, customer: NoonCustomer) -> list[str]:
        return [str(mail["Subject"]) for mail in self.mails(customer)]

    async def effect(self, order: str, rule_id: str) -> Effect | None:
        """What a rule came to about an order, None if it has not fired."""
        rows = await self.clients.store.inquiries.effects(order)
        return next((row for row in rows if row.firing.rule_id == rule_id), None)

    async def execute(self, statement: str, *values: Any) -> None:
        """SQL of a test, to make time pass for the database."""
        async with self.clients.pool.connection() as connection:
            await connection.execute(statement.encode(), values)


@asynccontextmanager
async def a_running_shop(home: Path, pause: float, **settings: str) -> AsyncIterator[RunningShop]:
    """Everything that `purna run` starts, in this home; what was killed is started again after a
    pause, in seconds.
    """
    ruleset = sound_rules(RULES, datetime.now(UTC).date(), otherwise="nothing was started")
    plan = InstallationPlan(
        {"PATH": os.defpath, "PYTHONPATH": str(ROOT)},
        {**MOVED_CLOCKS, **settings},
        timeouts=StartTimeouts(pause=pause, longest_pause=pause),
    )
    async with open_installation(home, ruleset, plan) as parts:
        # Signals are for the test runner: the task that they would end here is long over.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().remove_signal_handler(number)
        async with parts.clients(within=10) as clients:
            yield RunningShop(parts, clients, Player(clients))
