"""What stands behind the pages and the API of a process: its store and its relay."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from compose.store import Sessions, open_store
from compose.temporal import lazy_client
from engine.facts.naming import Naming
from process.settings import Settings
from store.ports import Store
from workflows.relay import Relay

_SESSIONS = 10
# Some senders wait five seconds in all; the rest of that is for the database's own work.
_SECONDS_FOR_A_SESSION = 2.0


@dataclass(frozen=True, slots=True)
class WebBackend:
    """A store to read and write, and the relay that wakes whom new events concern."""

    store: Store
    relay: Relay


@asynccontextmanager
async def open_backend(settings: Settings) -> AsyncIterator[WebBackend]:
    """For the length of a block; neither the database nor Temporal has to be there yet."""
    sessions = Sessions(settings.database_url, _SESSIONS, "purna web", _SECONDS_FOR_A_SESSION)
    async with open_store(sessions, Naming(settings.naming_secret)) as store:
        # Lazy: it connects with the first nudge, and tries again with every one after it.
        yield WebBackend(store, Relay(store.nudges, await lazy_client()))
