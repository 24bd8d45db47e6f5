"""A store in which a little has happened: order A1 of customer C1 was placed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from engine.facts.events import Event
from engine.facts.naming import subject_id
from store.postgres.store import PostgresStore
from tests.store.shop import NAMING, NOON, SHOP, deciding, placed, the_rules
from tests.stores import a_store

ORDER, CUSTOMER = subject_id("order", SHOP, "A1"), subject_id("customer", SHOP, "C1")
SHIPPED: dict[str, Any] = {
    "order": "A1",
    "customer": "C1",
    "things": {"shipment": "P1"},
    "data": {"shipment.eta": "2026-03-05"},
}


@asynccontextmanager
async def a_store_with_an_order(url: str) -> AsyncIterator[PostgresStore]:
    """On this database, which is brought up to date."""
    async with a_store(url, NAMING, frozenset({"email"})) as opened:
        await opened.rulesets.publish(the_rules(), "tests", "a beginning", NOON)
        await hear(opened, placed())
        yield opened


async def hear(store: PostgresStore, *events: Event, now: datetime = NOON) -> None:
    """Events come, and the journeys of A1 and C1 decide."""
    await store.events.ingest(events, now)
    for subject in (ORDER, CUSTOMER):
        await store.journeys.decide(NAMING.journey(subject), now, deciding(now))
