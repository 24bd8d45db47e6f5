"""A small shop on real parts: its rules in PostgreSQL, its mail server, its customers, and the
clock on the wall.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from temporalio.testing import ActivityEnvironment

from activities.actions.registry import Registry, load_actions
from activities.channels.letters import Letters
from activities.channels.port import Provider
from bench.chaos.faulty_smtp import FaultySmtp
from compose.journey_parts import JourneyParts
from compose.providers import mail_server
from engine.catalog.catalog import builtin
from engine.decisions.decide import decide
from engine.decisions.decision import OpenWork
from engine.decisions.effects import Effect
from engine.facts.events import parse_event
from engine.facts.naming import Naming
from engine.language.reader import read_ruleset
from process.settings import MailSettings
from process.signed_links import Links
from store.postgres.store import PostgresStore
from tests.ingested import ingested
from tests.stores import a_store

NAMING = Naming(b"s" * 32)
LINKS = Links("https://purna.example", (b"s" * 32,))
POLICIES = """
version: 1
locale: en
categories:
  - {id: cancellation, kind: transactional, essential: true, ignores: [cap, suppress, holdout,
        quiet_hours]}
  - {id: delivery, kind: transactional, ignores: [cap, suppress, holdout, quiet_hours]}
  - {id: review, kind: marketing, ignores: [quiet_hours], asks_review: true}
"""
JOURNEYS = """
version: 1
rules:
  - id: confirmed
    when: order.confirmed
    do: [{send: confirmed, by: email, category: delivery}]
  - id: express-delay
    when: 3 days after order.confirmed
    if: order.express = true
    stop_if: order.delivered
    do: [{send: delay, by: email, category: delivery}]
  - id: cancelled
    when: order.cancelled
    do: [{send: cancelled, by: email, category: cancellation}]
  - id: review-request
    when: 3 days after order.delivered
    if: order.returned = false
    do: [{send: review_request, by: email, category: review}]
  - id: unhappy
    when: review.received
    if: review.stars <= 2
    do: [{call: open_support_case, with: {order: order.id, stars: review.stars}}]
  - id: claim
    when: shipment.lost
    do: [{call: open_carrier_claim, with: {parcel: shipment.tracking_number}}]
  - id: welcome
    when: loyalty.tier_changed
    once_per: [customer, customer.tier]
    do: [{grant: free_return, for: 365 days, uses: 3}]
  - id: perk
    when: perk.granted
    once_per: [customer, perk.name]
    do: [{send: perk, by: email, category: delivery, with: {perk: perk.name,
        until: perk.expires_at}}]
"""
FILES = {
    "journeys/all.yaml": JOURNEYS,
    "policies.yaml": POLICIES,
    "templates/en/confirmed.md": (
        "---\nsubject: Order {{ order.id }}\n---\nHello {{ customer.first_name }}.\n"
    ),
    "templates/id/confirmed.md": (
        "---\nsubject: Pesanan {{ order.id }}\n---\nHalo {{ customer.first_name }}.\n"
    ),
    "templates/en/delay.md": "---\nsubject: Late\n---\nOrder {{ order.id }} is late.\n",
    "templates/en/cancelled.md": (
        "---\nsubject: Cancelled\n---\nOrder {{ order.id }} is cancelled.\n"
    ),
    "templates/en/review_request.md": (
        "---\nsubject: Well?\n---\nWas it good, {{ customer.first_name }}?\n"
    ),
    "templates/en/perk.md": "---\nsubject: A gift\n---\n{{ perk }} until {{ until | date }}.\n",
    "templates/en/footer.md": "[No more]({{ links.unsubscribe }})\n",
}
ANA = {"id": "C1", "email": "ana@example.org", "first_name": "Ana-Lucia"}


async def attempt(activity: Callable[[str], Awaitable[str]], key: str, **later: float) -> str:
    """One attempt as a worker makes it, now or later."""
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, started_time=today() + timedelta(**later))
    return await environment.run(activity, key)


async def attempt_promptly(activity: Callable[[str, datetime], Awaitable[str]], key: str) -> str:
    """One attempt as a worker makes it inside a workflow task, which is told the journey's now."""
    environment = ActivityEnvironment()
    began = today() - timedelta(days=99)  # by the clock of its worker
    environment.info = replace(
        environment.info, is_local=True, started_time=began, current_attempt_scheduled_time=began
    )
    return await environment.run(activity, key, today())


def today() -> datetime:
    return datetime.now(UTC)  # Temporal's clock is the real one


@dataclass
class Shop:
    """Its parts; `rings` counts how often the relay's bell would have rung."""

    store: PostgresStore
    smtp: FaultySmtp
    mail: Provider
    registry: Registry
    rings: list[datetime] = field(default_factory=list)

    def __post_init__(self) -> None:
        parts = JourneyParts(
            self.store,
            NAMING,
            self.registry,
            {"email": self.mail},
            Letters(LINKS),
            lambda: self.rings.append(today()),
        )
        self.decide_activity, self.send_message, self.call, self.emit = parts.activities()

    async def tell(
        self, kind: str, at: datetime | None = None, **things: Mapping[str, Any]
    ) -> None:
        """One event, now; its things as in a story line."""
        at = at or today()
        raw = {
            "id": f"{kind}-{at.timestamp()}",
            "source": "test",
            "type": kind,
            "time": at.isoformat(),
        }
        data = {"shop": "main", "customer": ANA, **things}
        event = parse_event({**raw, "data": data}, builtin(), at)
        assert await ingested(self.store, event, at) == ["accepted"]

    async def decide(self, journey: str, now: datetime | None = None) -> OpenWork:
        now = now or today()
        return await self.store.journeys.decide(
            journey, now, partial(decide, naming=NAMING, now=now)
        )

    async def wanted(
        self, kind: str, order: str, at: datetime | None = None, **things: Mapping[str, Any]
    ) -> str:
        """The key of the one effect that an event of this order leads to."""
        await self.tell(kind, at, order={"id": order}, **things)
        ((_, key),) = (await self.decide(f"order:main/{order}")).open
        return key

    async def effect(self, key: str) -> Effect:
        return next(one for one in await self.store.inquiries.effects() if one.key == key)


@asynccontextmanager
async def a_shop(
    database: str, files: Mapping[str, str] = FILES, registry: Registry | None = None
) -> AsyncIterator[Shop]:
    """On this database, which is brought up to date; its rules are published."""
    registry = load_actions() if registry is None else registry
    async with (
        a_store(database, NAMING, frozenset({"email"}), registry.specs()) as store,
        FaultySmtp() as smtp,
    ):
        await store.rulesets.publish(read_ruleset(files, registry.specs()), "test", "test", today())
        settings = MailSettings(f"smtp://127.0.0.1:{smtp.port}", SENDER, *HASTY)
        async with mail_server(settings) as mail:
            yield Shop(store, smtp, mail, registry)


SENDER = "Shop <shop@purna.example>"
# How long the mail server is waited for, and after how long it is tried again.
HASTY = (
    "opening=2 operation=1 data=1",
    "connection=0.2 busy=0.2 greylisted=0.2 misconfigured=1200",
)
