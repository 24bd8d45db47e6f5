"""The pool of sessions: every one of them gives up soon rather than hold others back."""

import logging
import select
from math import inf
from time import monotonic
from typing import Any, LiteralString

from psycopg import AsyncConnection, AsyncPipeline
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

# A worker that is stopped inside a transaction must not block a withdrawal for longer than this.
_LIMITS = {
    "idle_in_transaction_session_timeout": "5s",
    "lock_timeout": "2s",
    "statement_timeout": "5s",
    "timezone": "UTC",
}
# Every statement of the hot paths fetches a few rows by their keys. The planner, which guesses a
# hundred for any list and plans once for tables that were small then, would rather read whole
# tables.
_BY_KEY = dict.fromkeys(("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "jit"), "off")
# Planning one of them takes longer than running it, so a session plans each of them once, soon
# after it has met it.
_PLANNED_ONCE = {"plan_cache_mode": "force_generic_plan"}

# A program without logs, such as a command, tells of a failure once; the pool would of every
# attempt.
logging.getLogger("psycopg").addHandler(logging.NullHandler())


class Connection(AsyncConnection[TupleRow]):
    """A session. In a transaction statements wait for each other and travel as one message."""

    waiting: AsyncPipeline | None = None
    used: float = -inf  # when an answer was last heard, by the process's clock
    is_over: bool = False

    async def turn(self) -> None:
        """Send what waits and read every answer, in one round trip.

        Reading an answer without this would leave the session busy in PostgreSQL's eyes for as long
        as its client thinks or is stopped, and no timeout would end it.
        """
        if self.waiting is not None:
            await self.waiting.sync()
        self.used = monotonic()

    async def rows(self, query: LiteralString, asked: Any = None) -> list[tuple[Any, ...]]:
        """What a query answers."""
        cursor = await self.execute(query, asked)
        await self.turn()
        return await cursor.fetchall()

    async def row(self, query: LiteralString, asked: Any = None) -> tuple[Any, ...] | None:
        """The first row a query answers."""
        return next(iter(await self.rows(query, asked)), None)

    async def last_rows(self, query: LiteralString, asked: Any = None) -> list[tuple[Any, ...]]:
        """What the last query of a transaction answers, heard together with the commit."""
        cursor = await self.execute(query, asked)
        await self.execute("commit")
        self.is_over = True
        await self.turn()
        return await cursor.fetchall()


Pool = AsyncConnectionPool[Connection]

# Seconds to wait for a session before the database counts as away.
PATIENCE = 5.0
# A session that answered so few seconds ago is not asked whether it is still there, unless it has
# something to say.
_TRUSTED = 1.0
# After so many seconds a try to connect is given up and the next question begins anew: the pauses
# between tries, which double, stay short however long the database was away.
_TRIES_LAST = 2.0


async def _still_there(connection: Connection) -> None:
    """Raises what says that a session is gone.

    A database that ends a session tells it so, which is found without a question; one that vanished
    tells nothing.
    """
    is_fresh = monotonic() - connection.used < _TRUSTED
    if not is_fresh or _has_news(connection.fileno()):
        await AsyncConnectionPool.check_connection(connection)


def _has_news(socket: int) -> bool:
    """Whether something has arrived that nobody asked for, be it the end."""
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return bool(poll.poll(0))


async def open_pool(url: str, size: int, *, name: str = "purna") -> Pool:
    """As `make_pool`, and open. Whoever opens the pool closes it."""
    pool = make_pool(url, size, name=name)
    await pool.open()
    return pool


def make_pool(url: str, size: int, *, name: str = "purna") -> Pool:
    """A pool of at most `size` sessions, to be opened; `name` is what the database calls them.

    Sessions are made when they are needed: a database that is away is found out at the first
    question, which raises `psycopg.OperationalError`; so does every question before it is open.
    """
    options = " ".join(
        f"-c {setting}={value}" for setting, value in (_LIMITS | _BY_KEY | _PLANNED_ONCE).items()
    )
    return AsyncConnectionPool(
        make_conninfo(url, options=options, application_name=name, connect_timeout=5),
        connection_class=Connection,
        kwargs={"autocommit": True, "prepare_threshold": 0},
        min_size=1,
        max_size=size,
        open=False,
        check=_still_there,
        timeout=PATIENCE,
        reconnect_timeout=_TRIES_LAST,
    )
