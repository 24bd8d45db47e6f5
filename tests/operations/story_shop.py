"""A store in which a little has happened: order A1 of customer C1 was placed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from engine.facts.events import Event
from engine.facts.naming import subject_id
from store.postgres.sessions.migrate import migrate
from store.postgres.sessions.pool import open_pool
from store.postgres.store import PostgresStore
from tests.store.shop import NAMING, NOON, SHOP, deciding, placed, the_rules

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
    await asyncio.to_thread(migrate, url)
    pool = await open_pool(url, 4)
    opened = PostgresStore(pool, NAMING, frozenset({"email"}))
    await opened.rulesets.publish(the_rules(), "tests", "a beginning", NOON)
    await hear(opened, placed())
    yield opened
    await pool.close()


async def hear(store: PostgresStore, *events: Event, now: datetime = NOON) -> None:
    """Events come, and the journeys of A1 and C1 decide."""
    await store.events.ingest(events, now)
    for subject in (ORDER, CUSTOMER):
        await store.journeys.decide(NAMING.journey(subject), now, deciding(now))
