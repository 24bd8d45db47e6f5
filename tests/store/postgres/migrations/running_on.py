"""A shop whose database an older program filled goes on: its journeys decide when they are due, and
what is open is carried out by the real activities.
"""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default

from temporalio.testing import ActivityEnvironment

from activities.actions.registry import load_actions
from activities.channels.letters import Letters
from bench.chaos.faulty_smtp import FaultySmtp
from compose.journey_parts import JourneyParts
from compose.providers import mail_server
from engine.decisions.effects import Effect
from process.settings import MailSettings
from store.postgres.store import PostgresStore
from tests.shop import HASTY, LINKS, SENDER
from tests.store.shop import NAMING, deciding

_RETRIES = timedelta(minutes=1)


@dataclass
class RunningOn:
    """The old shop under the code of today."""

    store: PostgresStore
    smtp: FaultySmtp
    parts: JourneyParts
    wakes: dict[str, datetime] = field(default_factory=dict)

    async def until(self, end: datetime, begin: datetime) -> None:
        """Every journey decides when it is due, from one moment to the other."""
        await self._nudge(begin)
        for row in await self.store.journeys.woken():
            self.wakes.setdefault(row.journey, row.wake_at or begin)
            self.wakes[row.journey] = min(self.wakes[row.journey], begin)
        while self.wakes and (now := min(self.wakes.values())) <= end:
            journey = min(self.wakes, key=lambda one: self.wakes[one])
            await self.see_to(journey, max(now, begin))
            await self._nudge(now)

    async def see_to(self, journey: str, now: datetime) -> None:
        """One decision, and an attempt at everything that is open after it."""
        todo = await self.store.journeys.decide(journey, now, deciding(now))
        for kind, key in todo.open:
            await self._attempt(kind, key, now)
        again = await self.store.journeys.decide(journey, now, deciding(now))
        del self.wakes[journey]
        if not again.ended and again.open:
            self.wakes[journey] = now + _RETRIES
        elif not again.ended and again.wake_at is not None:
            self.wakes[journey] = max(again.wake_at, now)

    async def effects(self) -> dict[str, Effect]:
        """The whole ledger, by key."""
        return {one.key: one for one in await self.store.inquiries.effects()}

    def arrived(self) -> Counter[str]:
        """How often each message came to the mail server, by its own id."""
        mails = (message_from_bytes(mail.content, policy=default) for mail in self.smtp.kept)
        return Counter(str(mail["Message-ID"]) for mail in mails)

    async def _nudge(self, now: datetime) -> None:
        for journey, _ in await self.store.nudges.take():
            self.wakes[journey] = min(self.wakes.get(journey, now), now)

    async def _attempt(self, kind: str, key: str, now: datetime) -> None:
        _, send, call, emit = self.parts.activities()
        environment = ActivityEnvironment()
        environment.info = replace(environment.info, started_time=now)
        await environment.run({"send": send, "call": call, "emit": emit}[kind], key)


@asynccontextmanager
async def running_on(store: PostgresStore) -> AsyncIterator[RunningOn]:
    """With a mail server of its own."""
    async with FaultySmtp() as smtp:
        settings = MailSettings(f"smtp://127.0.0.1:{smtp.port}", SENDER, *HASTY)
        async with mail_server(settings) as mail:
            parts = JourneyParts(
                store, NAMING, load_actions(), {"email": mail}, Letters(LINKS), lambda: None
            )
            yield RunningOn(store, smtp, parts)
