"""The whole log, read once from its beginning to its end however long it is."""

from collections.abc import AsyncIterator
from datetime import datetime

from engine.facts.events import Event
from store.postgres.sessions.pool import Pool
from store.postgres.sessions.readable_rows import PassedOver

# Whoever writes it down may be slow, and the rows have to be sorted before the first is there.
_UNHURRIED = "set local statement_timeout = 0"
_LEISURELY = "set local idle_in_transaction_session_timeout = 0"
_FIRST_ROW_WITHIN = 3600.0  # seconds; a host that vanished is noticed long before
_LOG = "select body, known_at from events order by known_at, pos"
_PAGE = 1000


async def whole_log(pool: Pool) -> AsyncIterator[tuple[Event, datetime]]:
    """Every event that can be read, with when it became known, the first one first, all as of one
    moment.
    """
    passed = PassedOver("events")
    async with pool.connection() as connection, connection.transaction():
        connection.answered_within = _FIRST_ROW_WITHIN
        await connection.execute(_UNHURRIED)
        await connection.execute(_LEISURELY)
        async with connection.cursor("whole_log") as cursor:
            cursor.itersize = _PAGE
            await cursor.execute(_LOG)
            async for body, known_at in cursor:
                if (event := passed.read(Event.from_json, body)) is not None:
                    yield event, known_at
    passed.log()
