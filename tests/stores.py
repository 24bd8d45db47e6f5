"""A store on a database of a test, opened as the product opens it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from compose.migrate import migrate
from compose.store import Sessions, open_store
from engine.catalog.channels import CHANNELS
from engine.facts.naming import Naming
from engine.language.known import Actions
from store.postgres.store import PostgresStore

_SESSIONS = 8


@asynccontextmanager
async def a_store(
    url: str,
    naming: Naming,
    channels: frozenset[str] = frozenset(CHANNELS),
    actions: Actions | None = None,
) -> AsyncIterator[PostgresStore]:
    """On this database, which is brought up to date."""
    await migrate(url)
    async with open_store(Sessions(url, _SESSIONS, "purna tests"), naming, channels, actions) as it:
        yield it
