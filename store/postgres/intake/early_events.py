"""Events that come before anybody has told of their thing: kept without a subject, and found again
by whoever tells of it.

Whoever tells of a name for the first time and whoever keeps an event for it lock the name before
anything else, so that neither misses the other.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from engine.facts.events import Event
from engine.facts.identity.aliases import ThingName
from store.postgres.sessions.pool import Connection
from store.postgres.sessions.readable_rows import readable
from store.records.answers import Unplaced
from store.records.log_rows import EarlyEvent, EarlyNews

# A name has one of so many locks: a long batch must not fill the server's table of locks.
_LOCKS, _OF_NAMES = 256, 723_748
_LOCK = """
select case when is_alone then pg_advisory_xact_lock(%s, lock)
    else pg_advisory_xact_lock_shared(%s, lock) end
from unnest(%s::int[], %s::boolean[]) as n(lock, is_alone)
"""
_TAKE_OUT = (
    """
    delete from events e using jsonb_to_recordset(%s) as n(shop text, source text, id text)
    where (e.shop, e.source, e.id) = (n.shop, n.source, n.id) and e.subject is null
    """,
    """
    delete from unplaced u using jsonb_to_recordset(%s) as n(shop text, source text, id text)
    where (u.shop, u.source, u.id) = (n.shop, n.source, n.id)
    """,
)
_KEEP = """
insert into unplaced (shop, kind, name, source, id)
select * from jsonb_to_recordset(%s) as n(shop text, kind text, name text, source text, id text)
"""
_WAITING = """
select e.shop, e.source, e.id, e.type, e.occurred_at, min(u.since_db),
    json_agg(json_build_array(u.kind, u.name) order by u.kind, u.name)
from unplaced u join events e using (shop, source, id)
where u.since_db < %s
group by e.shop, e.source, e.id order by e.pos
"""


def early_events(rows: Iterable[tuple[Any, ...]]) -> list[EarlyEvent]:
    """The events that wait, from rows of body, arrival, place in the log, and conflicts."""
    return readable("events", _early, rows)


def _early(body: dict[str, Any], at: str, arrival: int, conflicts: int) -> EarlyEvent:
    return EarlyEvent(Event.from_json(body), datetime.fromisoformat(at), arrival, conflicts)


async def waiting_since(connection: Connection, before: datetime) -> list[Unplaced]:
    """What has waited since before a moment, the oldest first."""
    rows = await connection.rows(_WAITING, (before,))
    return [Unplaced(*_with_names(row)) for row in rows]


async def lock_names(
    connection: Connection, told: Iterable[ThingName], awaited: Iterable[ThingName] = ()
) -> None:
    """Lock names of which a batch tells, together with others who do, and those for which it keeps
    events, alone.
    """
    locks = dict.fromkeys(map(_lock_of, told), False) | dict.fromkeys(map(_lock_of, awaited), True)
    if locks:
        ordered = sorted(locks)
        alone = [locks[one] for one in ordered]
        await connection.execute(_LOCK, (_OF_NAMES, _OF_NAMES, ordered, alone))


async def take_out(connection: Connection, early: EarlyNews) -> None:
    """What has been placed waits no longer, and is written to the log anew."""
    if early.placed:
        keys = Jsonb(
            [dict(zip(("shop", "source", "id"), key, strict=True)) for key in early.placed]
        )
        for statement in _TAKE_OUT:
            await connection.execute(statement, (keys,))


async def keep(connection: Connection, early: EarlyNews) -> None:
    """Under which names the events wait that came too early."""
    rows = [
        {"shop": shop, "kind": kind, "name": name, "source": source, "id": number}
        for (_, source, number), names in early.kept.items()
        for shop, kind, name in names
    ]
    if rows:
        await connection.execute(_KEEP, (Jsonb(rows),))


def _lock_of(name: ThingName) -> int:
    digest = hashlib.sha256(json.dumps(name).encode()).digest()
    return int.from_bytes(digest[:4], "big") % _LOCKS


def _with_names(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Names are pairs in JSON."""
    return *row[:-1], tuple((kind, name) for kind, name in row[-1])
