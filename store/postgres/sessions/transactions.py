"""Transactions in few round trips: everything between two answers that are read travels as one
message.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from time import monotonic
from typing import TypeVar

from psycopg import DatabaseError
from psycopg.errors import DeadlockDetected, SerializationFailure, UniqueViolation

from store.ports import Contended
from store.postgres.sessions.pool import Connection, Pool
from store.records.log_rows import NotRead

T = TypeVar("T")
TRIES = 3
# What `must_strike` of the migrations raises.
_NOT_THERE_ANY_MORE = "PU001"


class Overtaken(NotRead):
    """Somebody changed what this transaction was about to build on; nothing was stored, it begins
    anew.
    """


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Connection]:
    """A transaction whose statements wait until `turn`, or until an answer is asked for, or the
    end.

    Left without an exception it has been committed; a commit whose answer never came raises. Raises
    `Overtaken` where a statement that had to change something (`must_strike`) changed nothing: that
    statement fails by itself, so that the commit need not wait until its answer has been read.
    """
    try:
        async with pool.connection() as connection, connection.pipeline() as pipeline:
            connection.waiting, connection.is_over = pipeline, False
            try:
                await connection.execute("begin")
                yield connection
                if not connection.is_over:
                    await connection.execute("commit")
            finally:
                connection.waiting, connection.used = None, monotonic()
    except DatabaseError as error:
        if error.sqlstate != _NOT_THERE_ANY_MORE:
            raise
        raise Overtaken("what was to be changed") from None


async def repeated(work: Callable[[], Awaitable[T]]) -> T:
    """The result of a transaction that is tried three times where others stand in its way, then
    raises `Contended`.
    """
    for _ in range(TRIES):
        try:
            return await work()
        except (SerializationFailure, DeadlockDetected, UniqueViolation, Overtaken) as error:
            reason = error
    raise Contended("the database is busy, try again") from reason
