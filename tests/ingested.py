"""Events taken in as by whoever accepts them: the store gives up soon where others have locked whom
they name, and is asked again.
"""

import asyncio
from contextlib import suppress
from datetime import datetime

from psycopg.errors import LockNotAvailable

from engine.facts.events import Event
from store.postgres.store import PostgresStore


async def ingested(store: PostgresStore, event: Event, at: datetime) -> list[str]:
    """What became of an event that becomes known at a moment."""
    async with asyncio.timeout(60):
        while True:
            with suppress(LockNotAvailable):
                return await store.events.ingest([event], at)
