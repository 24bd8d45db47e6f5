"""The pool of sessions: every one of them gives up soon rather than hold others back."""

import asyncio
import logging
import select
import socket
from collections.abc import Callable
from contextlib import suppress
from math import inf
from time import monotonic
from typing import Any, LiteralString, TypeVar

from psycopg import AsyncConnection, AsyncPipeline
from psycopg.abc import PQGen
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

# A worker that is stopped inside a transaction must not block a withdrawal for longer than this.
_LIMITS = {
    "idle_in_transaction_session_timeout": "5s",
    "lock_timeout": "2s",
    "statement_timeout": "5s",
    "timezone": "UTC",
    # A host that vanished inside a transaction must not hold its locks for longer than 15 s: by
    # itself TCP asks after two hours, and sends again for a quarter of an hour.
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "10s",
}
# The same on our side of the session, for a database whose host vanished; in milliseconds, seconds
# and tries.
_OUR_SIDE = {
    "tcp_user_timeout": 5_000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}
# Seconds for an answer. The database itself gives a statement up after five, so that one which says
# nothing for so long is not there; some statements travel together.
_ANSWERED_WITHIN = 10.0
# Seconds for a question that costs it nothing: whether it is still there, or to stop its work.
_ANSWERED_AT_ONCE = 1.0
# An alarm that rings so many seconds late tells that this process stood still.
_LATE = 1.0
# Seconds that a database has for its answer after the machine stood still.
_LATE_ANSWER = 2.0
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


T = TypeVar("T")
_LOOK = 0.1  # seconds, as psycopg has it: how often a session that waits looks up for an interrupt


class Connection(AsyncConnection[TupleRow]):
    """A session. In a transaction statements wait for each other and travel as one message.

    A database behind a network that swallows everything says nothing, not even that it is gone. So
    an answer is waited for `answered_within` seconds, then the session ends as if the database had
    ended it, and `fell_silent` is called. Whoever takes it from its pool next finds the usual time.
    """

    waiting: AsyncPipeline | None = None
    used: float = -inf  # when an answer was last heard, by the process's clock
    is_over: bool = False
    answered_within: float = _ANSWERED_WITHIN
    fell_silent: Callable[[], None] | None = None
    _alarm: asyncio.TimerHandle | None = None

    async def wait(
        self,
        gen: PQGen[T],
        interval: float = _LOOK,
        timeout: float | None = None,  # noqa: ASYNC109  # as psycopg has it
    ) -> T:
        """See `psycopg`: every statement waits here for its answer."""
        self._hang_up_after(self.answered_within)
        try:
            return await super().wait(gen, interval, timeout)
        finally:
            self._cancel_alarm()

    async def cancel_safe(
        self,
        *,
        timeout: float = _ANSWERED_AT_ONCE,  # noqa: ASYNC109  # as psycopg has it
    ) -> None:
        """See `psycopg`, which calls this where whoever waited has gone, and waits on."""
        self._hang_up_after(_ANSWERED_AT_ONCE)
        await super().cancel_safe(timeout=min(timeout, _ANSWERED_AT_ONCE))

    def _hang_up_after(self, seconds: float) -> None:
        self._cancel_alarm()
        loop = asyncio.get_running_loop()
        at = loop.time() + seconds
        self._alarm = loop.call_at(at, self._hang_up, seconds, at)

    def _cancel_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()

    def _hang_up(self, seconds: float, at: float) -> None:
        """End the session on our side, which wakes whoever waits for it; unless this process was
        stopped meanwhile: then there may be news that it has not read yet, and where the whole
        machine stood still the database has had no time to answer either.
        """
        if self.closed or self.pgconn.socket < 0:
            return
        is_late = asyncio.get_running_loop().time() > at + _LATE
        if is_late or _has_news(self.pgconn.socket):
            self._hang_up_after(min(seconds, _LATE_ANSWER))
            return
        ours = socket.socket(fileno=self.pgconn.socket)
        try:
            with suppress(OSError):
                ours.shutdown(socket.SHUT_RDWR)
        finally:
            ours.detach()
        if self.fell_silent is not None:
            self.fell_silent()

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
    """Raises what says that a session is gone; one that is there waits for answers as usual.

    A database that ends a session tells it so, which is found without a question; one that vanished
    tells nothing.
    """
    is_fresh = monotonic() - connection.used < _TRUSTED
    if not is_fresh or _has_news(connection.fileno()):
        connection.answered_within = _ANSWERED_AT_ONCE
        await AsyncConnectionPool.check_connection(connection)
    connection.answered_within = _ANSWERED_WITHIN


def _has_news(socket: int) -> bool:
    """Whether something has arrived that nobody asked for, be it the end."""
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return bool(poll.poll(0))


class _Silence:
    """Where one session falls silent the others of its pool are as old and lie behind the same
    network: all are made anew at once, rather than each be waited for.
    """

    def __init__(self) -> None:
        self.pool: Pool | None = None
        self._renewal: asyncio.Task[None] | None = None

    async def watch(self, connection: Connection) -> None:
        """For the pool's `configure`."""
        connection.fell_silent = self._renew

    def _renew(self) -> None:
        is_under_way = self._renewal is not None and not self._renewal.done()
        if self.pool is not None and not self.pool.closed and not is_under_way:
            self._renewal = asyncio.create_task(self.pool.drain())


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
    silence = _Silence()
    pool: Pool = AsyncConnectionPool(
        make_conninfo(url, options=options, application_name=name, connect_timeout=5, **_OUR_SIDE),
        connection_class=Connection,
        kwargs={"autocommit": True, "prepare_threshold": 0},
        min_size=1,
        max_size=size,
        open=False,
        configure=silence.watch,
        check=_still_there,
        timeout=PATIENCE,
        reconnect_timeout=_TRIES_LAST,
    )
    silence.pool = pool
    return pool
