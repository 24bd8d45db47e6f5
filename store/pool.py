"""The pool of sessions: every one of them gives up soon rather than hold others back."""

from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

Connection = AsyncConnection[TupleRow]
Pool = AsyncConnectionPool[Connection]

# A worker that is stopped inside a transaction must not block a withdrawal for longer than this.
_LIMITS = {
    "idle_in_transaction_session_timeout": "5s",
    "lock_timeout": "2s",
    "statement_timeout": "5s",
    "timezone": "UTC",
}
# Seconds to wait for a session before the database counts as away.
PATIENCE = 5.0


async def open_pool(url: str, size: int, *, name: str = "purna") -> Pool:
    """An open pool of at most `size` sessions; `name` is what the database calls them.

    Sessions are made when they are needed: a database that is away is found out at the first question, which raises
    `psycopg.OperationalError`. Whoever opens the pool closes it.
    """
    options = " ".join(f"-c {setting}={value}" for setting, value in _LIMITS.items())
    pool: Pool = AsyncConnectionPool(
        make_conninfo(url, options=options, application_name=name, connect_timeout=5),
        connection_class=Connection,
        kwargs={"autocommit": True},
        min_size=1,
        max_size=size,
        open=False,
        check=AsyncConnectionPool.check_connection,
        timeout=PATIENCE,
    )
    await pool.open()
    return pool
