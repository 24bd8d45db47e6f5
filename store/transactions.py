"""Transactions in few round trips: everything between two answers that are read travels as one message."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from time import monotonic
from typing import TypeVar

from psycopg.errors import DeadlockDetected, SerializationFailure, UniqueViolation

from store.pool import Connection, Pool

T = TypeVar("T")
TRIES = 3


class Busy(Exception):
    """The database was contended three times in a row; nothing was stored. Try again later."""


class Overtaken(Exception):
    """Somebody changed what this transaction was about to build on; nothing was stored, it begins anew."""


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Connection]:
    """A transaction whose statements wait until `turn`, or until an answer is asked for, or the end.

    Left without an exception it has been committed; a commit whose answer never came raises.
    """
    async with pool.connection() as connection, connection.pipeline() as pipeline:
        connection.waiting = pipeline
        try:
            await connection.execute("begin")
            yield connection
            await connection.execute("commit")
        finally:
            connection.waiting = None
            connection.used = monotonic()


async def repeated(work: Callable[[], Awaitable[T]]) -> T:
    """The result of a transaction that is tried three times where others stand in its way, then raises `Busy`."""
    for _ in range(TRIES):
        try:
            return await work()
        except (SerializationFailure, DeadlockDetected, UniqueViolation, Overtaken) as error:
            reason = error
    raise Busy("the database is busy, try again") from reason
