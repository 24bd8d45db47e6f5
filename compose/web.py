"""What stands behind the pages and the API of a process: its store and its relay."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import psycopg

from compose.availability import available
from compose.naming_secret import check_naming
from compose.store import Sessions, open_store
from compose.temporal import lazy_client
from engine.facts.naming import Naming
from operations.health import OldTables
from process.settings import Settings
from store.ports import Store
from store.postgres.sessions.pool import Pool
from workflows.relay import Relay

_SESSIONS = 10
# Some senders wait five seconds in all; the rest of that is for the database's own work.
_SECONDS_FOR_A_SESSION = 2.0
_FIRST_LOOK = 3.0  # seconds


@dataclass(frozen=True, slots=True)
class WebBackend:
    """A store to read and write, and the relay that wakes whom new events concern.

    Its database counts as away until it is known to be ours: nobody is served from, or written
    into, one that names its customers by another secret.
    """

    store: Store
    relay: Relay
    pool: Pool
    settings: Settings
    naming_origin: str

    async def look(self) -> None:
        """Once, before anybody is served; a database that is away, or refuses to note whose it is,
        is looked at again by `run`. Raises `MissingSetting` where it is not ours.
        """
        with suppress(OldTables, psycopg.Error, TimeoutError):
            async with asyncio.timeout(_FIRST_LOOK):
                await self._admit()

    async def run(self) -> None:
        """The relay, until cancelled, once the database is known to be ours; raises as `look`."""
        await available("PostgreSQL with its tables", self._admit)
        await self.relay.run()

    async def _admit(self) -> None:
        naming = Naming(self.settings.naming_secret)
        try:
            await check_naming(self.settings.database_url, naming, self.naming_origin)
        except OldTables:
            await self.pool.open()  # /readyz shall say what is missing
            raise
        await self.pool.open()


@asynccontextmanager
async def open_backend(settings: Settings, naming_origin: str) -> AsyncIterator[WebBackend]:
    """For the length of a block; neither the database nor Temporal has to be there yet."""
    sessions = Sessions(
        settings.database_url, _SESSIONS, "purna web", _SECONDS_FOR_A_SESSION, is_open=False
    )
    async with open_store(sessions, Naming(settings.naming_secret)) as store:
        # Lazy: it connects with the first nudge, and tries again with every one after it.
        relay = Relay(store.nudges, await lazy_client())
        yield WebBackend(store, relay, store.pool, settings, naming_origin)
