"""The store of a process: PostgreSQL behind a pool of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from activities.channels.providers import served
from engine.facts.naming import Naming
from engine.language.known import Actions
from engine.sending.ledger import LEASE
from store.postgres.sessions.pool import PATIENCE, make_pool
from store.postgres.store import PostgresStore

_SESSIONS_OF_A_COMMAND = 2


@dataclass(frozen=True, slots=True)
class Sessions:
    """How a process reaches its database: `most` sessions at once, under its `name`.

    `seconds` is how long it waits for one of them. `at_once` opens them all before the block
    begins, for a process that may end while one is still being made. Without `is_open` the database
    counts as away until somebody opens the pool.
    """

    database_url: str = field(repr=False)
    most: int
    name: str
    seconds: float = PATIENCE
    at_once: bool = False
    is_open: bool = True


@asynccontextmanager
async def open_store(
    sessions: Sessions,
    naming: Naming,
    channels: frozenset[str] | None = None,
    actions: Actions | None = None,
    lease: float = LEASE,
) -> AsyncIterator[PostgresStore]:
    """A store over a pool of its own, for the length of a block; the database may be away.

    Its `channels` are those that somebody serves here, unless others are named; `lease` is in
    seconds.
    """
    pool = make_pool(sessions.database_url, sessions.most, name=sessions.name)
    try:
        if sessions.is_open:
            await pool.open()
        pool.timeout = sessions.seconds
        if sessions.at_once:
            await pool.resize(sessions.most, sessions.most)
            await pool.wait()
        here = served() if channels is None else channels
        yield PostgresStore(pool, naming, here, actions, lease)
    finally:
        await pool.close()


@asynccontextmanager
async def store_at(database_url: str, secret: str) -> AsyncIterator[PostgresStore]:
    """The store of a command, for the length of a block."""
    sessions = Sessions(database_url, _SESSIONS_OF_A_COMMAND, "purna command")
    async with open_store(sessions, naming_of(secret)) as store:
        yield store


def naming_of(secret: str) -> Naming:
    """How journeys are named; of several secrets the last, as in the worker."""
    return Naming(secret.rsplit(maxsplit=1)[-1].encode())


def is_address(url: str) -> bool:
    """Whether PostgreSQL would read it as an address; of any other text it would make a database of
    this machine.
    """
    try:
        return url.startswith(("postgresql://", "postgres://")) and bool(conninfo_to_dict(url))
    except ProgrammingError:
        return False
