"""The sweep: whatever everybody forgot is nudged, a page at a time, each a transaction of its own.

A page whose nudges fail is counted and left to the next sweep; the others go on. A page that cannot
be read is read in smaller ones: only at a single row that cannot be read does its look end, which
is counted too. One process sweeps at a time: it holds a lock for as long as its session lives.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, LiteralString

import structlog
from psycopg import DatabaseError

from store.postgres.sessions.pool import Connection, Pool
from store.records.swept import Swept

# So many rows are in every statement that says `limit 2000`, and it says another number where pages
# are smaller: the planner would rather read whole tables for a number it does not know.
PAGE = 2000
_LIMIT = "limit 2000"
_log = structlog.get_logger("purna.sweep")
# What has been nudged so often without a decision will not be helped by one more.
GIVES_UP_AFTER = 20
_SWEEPER = 7_237_489_113
_ALONE = "select pg_try_advisory_lock(%s)"
_FREE = "select pg_advisory_unlock(%s)"

_OVERDUE = """
select wake_at, journey, journey, cursor from journeys
where not ended and wake_at < now() - interval '1 minute'
    and (wake_at, journey) > (%(at)s::timestamptz, %(id)s)
order by wake_at, journey limit 2000
"""
_UNTOUCHED = """
select e.touched_db, e.key, j.journey, j.cursor
from (
    select touched_db, key, journey from effects
    where state in ('wanted', 'claimed', 'data')
        and touched_db < now() - interval '2 minutes'
        and (touched_db, key) > (%(at)s::timestamptz, %(id)s)
    order by touched_db, key limit 2000
) e left join journeys j using (journey) order by e.touched_db, e.key
"""
# A held message whose moment has passed, and for whose moment no journey is awake.
_HELD = """
select e.held_until, e.key,
    case when e.touched_db not between now() - interval '2 minutes' and now() + interval '1 minute'
        and (j.ended or j.wake_at is null or j.wake_at > e.held_until) then j.journey end,
    j.cursor
from (
    select held_until, key, journey, touched_db from effects
    where state = 'held' and held_until is not null and held_until < now() - interval '1 minute'
        and (held_until, key) > (%(at)s::timestamptz, %(id)s)
    order by held_until, key limit 2000
) e left join journeys j using (journey) order by e.held_until, e.key
"""
# What is found behind its cursor: nudges are written with their events, so that none is lost but by
# a hand in the tables. The newest events are looked at.
_UNREAD = """
select null, null, j.journey, j.cursor
from (select subject, seq from events where wakes order by pos desc limit 5000) e
    join journeys j using (subject)
where e.seq > j.cursor
    and j.touched_db not between now() - interval '1 minute' and now() + interval '1 minute'
"""
# By what each looks: rows of [instant, id], which tell where the next page begins, the journey to
# nudge, if it is one, and its cursor.
LOOKS: dict[str, LiteralString] = {
    "overdue": _OVERDUE,
    "untouched": _UNTOUCHED,
    "held": _HELD,
    "unread": _UNREAD,
}
# Whom everybody gave up on after their last decision is left to a person, or to `_REVIVE`. That is
# asked of each by itself: the planner, which expects few of them, would join all with all.
NUDGE_FOUND: LiteralString = """
insert into nudges (journey, seq)
select journey, max(seq) from unnest(%s::text[], %s::bigint[]) as n(journey, seq)
where (
    select bool_or(q.since_db between j.touched_db and now() + interval '1 minute')
    from quarantine q join journeys j on j.journey = q.id
    where q.source = 'journey' and q.seq is null and q.id = n.journey) is not true
group by journey order by journey collate "C"
on conflict do nothing
returning 1
"""

# Who decides: somebody, in the last minute. A nudge in vain says something about its journey then.
# Whether it is listed already is asked of each by itself, as above.
_GIVE_UP = """
with stuck as (
    delete from nudges where journey in (
        select journey from nudges where tries > 0 and tries > %(gives_up_after)s
            and exists (
                select from deciding
                where last_db between now() - interval '1 minute' and now() + interval '1 minute')
        limit 2000 for update skip locked)
    returning journey
), known as (
    update quarantine set since_db = now() where number in (
        select (
            select (array_agg(number))[1] from quarantine q
            where q.source = 'journey' and q.seq is null
                and q.id = stuck.journey collate "default")
        from stuck)
    returning id
)
insert into quarantine (source, id, error, in_vain)
select 'journey', journey,
    format('nudged %%s times without a decision', %(gives_up_after)s::int), true
from stuck
where journey not in (select id from known)
"""
# What was given up on while nobody decided, or not for it, has a few tries more; so has what was
# given up on by a clock that was ahead, since nobody knows when that was.
_REVIVE = """
with revived as (
    delete from quarantine where number in (
        select number from quarantine where in_vain
            and (since_db < (select resumed_db from deciding)
                or since_db > now() + interval '1 minute')
        order by number limit 2000 for update skip locked)
    returning id
)
insert into nudges (journey, seq, tries)
select j.journey, j.cursor, %(gives_up_after)s - 3
from journeys j where j.journey in (select id from revived) order by j.journey
on conflict do nothing
"""

# A clock that was ahead and is right again has left instants that are far away: no nudge waits
# longer than a minute, and no lease is longer than %(lease)s seconds.
_TIDY: dict[str, LiteralString] = {
    "fresh nudges": """
    update nudges set not_before_db = now() where journey in (
        select journey from nudges
        where tries = 0 and not_before_db > now() + interval '2 minutes' limit 2000)
    """,
    "repeated nudges": """
    update nudges set not_before_db = now() where journey in (
        select journey from nudges
        where tries > 0 and not_before_db > now() + interval '2 minutes' limit 2000)
    """,
    "touched effects": """
    update effects set touched_db = now() where key in (
        select key from effects where state in ('wanted', 'claimed', 'data')
            and touched_db > now() + interval '1 minute' limit 2000)
    """,
    "leases": """
    update effects set data_until_db = now() + %(lease)s * interval '1 second' where key in (
        select key from effects where state = 'data'
            and data_until_db > now() + (%(lease)s + 60) * interval '1 second' limit 2000)
    """,
    "nudged in vain": _GIVE_UP,
    "to be revived": _REVIVE,
}


class _Tries:
    """The statements of a sweep: those that fail are counted, and what failed is logged once for
    each name, without a word of the error, which may quote a customer.
    """

    def __init__(self, connection: Connection, swept: Swept) -> None:
        self._connection, self.swept = connection, swept
        self._failed: dict[str, str] = {}

    async def rows(
        self, name: str, statement: LiteralString, asked: Any, *, comes_again: bool = False
    ) -> list[tuple[Any, ...]] | None:
        """The rows of a statement, None of one that fails; one that comes again in smaller pages is
        not counted. Raises what says that the session is gone: nothing else would go better.
        """
        try:
            cursor = await self._connection.execute(statement, asked)
            return await cursor.fetchall() if cursor.description else []
        except DatabaseError as error:
            self._failed[name] = code_of(error)
            if self._connection.closed:
                raise
            self.swept.failed += not comes_again
            return None

    def log_failures(self) -> None:
        """Log what failed."""
        for name, error in self._failed.items():
            _log.warning("a part of the sweep failed", part=name, error=error)


@dataclass(frozen=True, slots=True)
class Sweeper:
    """Sweeps a database; `lease` is for how many seconds a message may be leaving."""

    pool: Pool
    lease: float

    async def sweep(self) -> Swept:
        """Mend instants that no clock explains, give up on what never decides, and nudge what was
        forgotten. Nothing while another process does it.
        """
        swept = Swept()
        async with self.pool.connection() as connection, _alone(connection) as is_alone:
            if is_alone:
                tries = _Tries(connection, swept)
                try:
                    await self._sweep(tries)
                finally:
                    tries.log_failures()
        return swept

    async def _sweep(self, tries: _Tries) -> None:
        asked = {"gives_up_after": GIVES_UP_AFTER, "lease": self.lease}
        for name, statement in _TIDY.items():
            await tries.rows(name, statement, asked)
        for name, look in LOOKS.items():
            await _nudge_all(tries, name, look)


def code_of(error: Exception) -> str:
    """The code that PostgreSQL gives an error, else its type."""
    return getattr(error, "sqlstate", None) or type(error).__name__


@asynccontextmanager
async def _alone(connection: Connection) -> AsyncIterator[bool]:
    """Whether no other process sweeps, for the length of a block."""
    row = await connection.row(_ALONE, (_SWEEPER,))
    is_alone = bool(row and row[0])
    try:
        yield is_alone
    finally:
        if is_alone and not connection.closed:
            await connection.execute(_FREE, (_SWEEPER,))


async def _nudge_all(tries: _Tries, name: str, look: LiteralString) -> None:
    """Nudge whom one of the looks finds, page after page. A page that cannot be read is halved, and
    those behind it grow again.
    """
    after: dict[str, Any] = {"at": "-infinity", "id": ""}
    size = PAGE
    while size:
        smaller = size // 2 if _LIMIT in look else 0
        asked = look.replace(_LIMIT, f"limit {size}")
        page = await tries.rows(name, asked, after, comes_again=smaller > 0)
        if page is None:
            size = smaller
            continue
        found = [(journey, cursor) for _, _, journey, cursor in page if journey is not None]
        if found:
            nudged = await tries.rows(
                f"nudges of {name}", NUDGE_FOUND, [*map(list, zip(*found, strict=True))]
            )
            tries.swept.nudged += len(nudged or ())
        if len(page) < size or page[-1][1] is None:
            return
        after = {"at": page[-1][0], "id": page[-1][1]}
        size = min(2 * size, PAGE)
