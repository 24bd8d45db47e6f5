"""What could not be made sense of: to look at it, to try it again once the cause is mended, or to
let it go.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.facts.events import Event
from engine.facts.naming import Naming
from store.postgres.intake.events import append
from store.postgres.intake.known_subjects import lock
from store.postgres.intake.nudges import NUDGE
from store.postgres.intake.set_aside import may_speak
from store.postgres.rulesets import RulesetCache
from store.postgres.sessions.pool import Connection, Pool
from store.postgres.sessions.transactions import repeated, transaction
from store.records.answers import Quarantined, Retried

_ALL = """
select q.number, q.source, q.id, q.seq, q.error, q.since_db,
    coalesce(q.body ->> 'type', e.type, b.type),
    coalesce((q.body ->> 'occurred_at')::timestamptz, e.occurred_at, b.occurred_at),
    coalesce(q.shop, b.shop), case when q.shop is null then coalesce(j.subject, q.id) end
from quarantine q
left join events e on q.body is null and (e.shop, e.source, e.id) = (q.shop, q.source, q.id)
left join journeys j on q.shop is null and j.journey = q.id
left join events b on b.subject = j.subject and b.seq = q.seq
order by q.number
"""
# Looked at before anything is locked. Events have a shop, journeys have none: a sender may be
# called "journey" too.
_LOOK = """
select q.shop is null, q.id, coalesce(q.body, e.body), q.body is not null from quarantine q
left join events e
    on (e.shop, e.source, e.id) = (q.shop, q.source, q.id) and e.subject is null
where q.number = %s
"""
_LOCK_JOURNEY = "select from journeys where journey = %s for update"
_TAKE = "delete from quarantine where number = %s returning source, id, seq, shop, body"
_FORGET = """
delete from events where shop = %s and source = %s and id = %s and subject is null returning body
"""
_AGAIN = "update journeys set again = array_append(again, %s::bigint) where journey = %s"
_NOTE = "insert into audit (key, what, at) values (%s, %s, %s)"


@dataclass(frozen=True, slots=True)
class PostgresQuarantine:
    """The quarantine of a database; `store.ports.Quarantine`."""

    pool: Pool
    compiled: RulesetCache
    naming: Naming

    async def entries(self) -> list[Quarantined]:
        """Everything that could not be made sense of, oldest first."""
        async with self.pool.connection() as connection:
            return [Quarantined(*row) for row in await connection.rows(_ALL)]

    async def retry(self, number: int, now: datetime) -> Retried:
        """Try one again: an event is taken in as if it had come now, a journey is nudged.

        `quarantined` if an event breaks again, under a new number, or if its source may still not
        speak of its shop, under the old one; `unknown` if there is no such number.
        """
        return await repeated(lambda: self._retry(number, now))

    async def let_go(self, number: int, now: datetime) -> bool:
        """Stop listing one: an event that comes once more then counts as known. Returns False if
        there is no such number.
        """
        return await repeated(lambda: self._let_go(number, now))

    async def _retry(self, number: int, now: datetime) -> Retried:
        async with transaction(self.pool) as connection:
            found = await connection.row(_LOOK, (number,))
            if found is None:
                return "unknown"
            if found[3] and not await self._may_speak(connection, found[2]):
                return "quarantined"
            await _lock(connection, found, self.naming)
            row = await connection.row(_TAKE, (number,))
            if row is None:
                return "unknown"
            source, name, seq, shop, body = row
            if shop is None:
                if seq is not None:
                    await connection.execute(_AGAIN, (seq, name))
                await connection.execute(NUDGE, ([name],))
                return "nudged"
            if body is None:
                (body,) = await connection.row(_FORGET, (shop, source, name)) or (None,)
            assert body is not None, "a quarantined event stays in the log"
            event = Event.from_json(body)
            (answer,) = await append(connection, self.compiled, self.naming, [event], now)
        return "quarantined" if answer == "quarantined" else "accepted"

    async def _may_speak(self, connection: Connection, body: Mapping[str, Any]) -> bool:
        return may_speak(Event.from_json(body), await self.compiled.active(connection))

    async def _let_go(self, number: int, now: datetime) -> bool:
        async with transaction(self.pool) as connection:
            row = await connection.row(_TAKE, (number,))
            if row is not None:
                await _note(connection, row, now)
        return row is not None


async def _lock(connection: Connection, found: tuple[Any, ...], naming: Naming) -> None:
    """Whatever a retry will change is locked in the order in which an erasure locks it: what was
    told comes last.
    """
    is_journey, name, body, _ = found
    if body is not None:
        await lock(connection, Event.from_json(body), naming)
    elif is_journey:
        await connection.rows(_LOCK_JOURNEY, (name,))


async def _note(connection: Connection, row: tuple[Any, ...], now: datetime) -> None:
    """What was let go, without the error, which may quote a customer: nobody erases the audit."""
    key = " ".join(str(part) for part in row[:3] if part is not None)
    await connection.execute(_NOTE, (key, "let go", now))
