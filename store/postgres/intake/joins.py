"""Two things of an order that turned out to be one: whatever hangs on either hangs on one of them.

Called under the locks of the home; journeys, once-keys and effects are locked after it, in that
order.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from psycopg.types.json import Jsonb

from engine.decisions.decision import OnceKey
from engine.decisions.firing import Firing
from engine.decisions.reason import Reason
from engine.facts.identity.aliases import JoinedThing
from engine.facts.naming import Naming
from engine.facts.state import joined
from store.postgres.sessions.pool import Connection
from store.postgres.sessions.readable_rows import PassedOver
from store.records.joined_rows import (
    KeyHolder,
    WaitId,
    crossing_holders,
    joined_key,
    joined_wait,
    left_over,
    one_of_each_key,
    one_of_each_wait,
)
from store.records.log_rows import Accepted

_JOURNEY = "select facts from journeys where journey = %s for update"
_FACTS = "update journeys set facts = %s where journey = %s"
_WAITS = """
delete from waits where journey = %s returning journey, rule_id, occurrence, line, due_at, firing
"""
_WAIT = """
insert into waits (journey, rule_id, occurrence, line, due_at, firing)
values (%s, %s, %s, %s, %s, %s)
"""
_KEYS = """
select subject, rule_id, value, holder, taken_at, free_at from once_keys where subject = any(%s)
order by subject, rule_id, value for update
"""
_FORGET_KEY = "delete from once_keys where subject = %s and rule_id = %s and value = %s"
_KEY = """
insert into once_keys (subject, rule_id, value, holder, taken_at, free_at)
values (%s, %s, %s, %s, %s, %s)
"""
_EFFECTS = """
update effects set firing = jsonb_set(firing, '{about}', %(after)s)
where journey = %(journey)s and firing -> 'about' = %(before)s
    and state in ('wanted', 'claimed', 'data', 'held')
"""
_SILENCES = """
update suppressions set about = %(after)s where order_subject = %(home)s and about = %(before)s
"""
_LOG = """
update events set body = jsonb_set(body, array['things', %(kind)s], to_jsonb(%(into)s::text))
where body -> 'things' ->> %(kind)s = %(name)s
    and (order_subject = %(home)s or order_subject is null and customer_subject = %(home)s)
"""
_NAMES = """
update things set known_as = %(into)s
where order_subject = %(home)s and kind = %(kind)s and coalesce(known_as, thing) = %(name)s
"""
_SPOKEN = """
select distinct n.rule_id, n.holder
from jsonb_to_recordset(%s) as n(rule_id text, holder text, journey text, occurrence text)
    join effects e using (journey, rule_id, occurrence)
where e.state in ('data', 'sent', 'uncertain', 'done')
"""
_LEAVE_UNSAID = """
update effects e
set state = 'dropped', owner = null, reason = %(why)s, reason_by = null, settled_at = %(now)s,
    touched_db = now()
from jsonb_to_recordset(%(holders)s)
    as n(rule_id text, holder text, journey text, occurrence text)
where (e.journey, e.rule_id, e.occurrence) = (n.journey, n.rule_id, n.occurrence)
    and (e.state in ('wanted', 'held') or e.state = 'claimed' and e.kind = 'send')
    and e.carries = '{}'
"""


@dataclass(frozen=True, slots=True)
class JoinMoment:
    """When things or people turn out to be one, and how their journeys are named."""

    naming: Naming
    now: datetime


async def join_things(
    connection: Connection,
    join: JoinedThing,
    accepted: Accepted,
    at: JoinMoment,
) -> None:
    """What hangs on either of two things of a home hangs on one of them."""
    naming = at.naming
    journey = naming.journey(join.home)
    if row := await connection.row(_JOURNEY, (journey,)):
        facts = joined(row[0], join.kind, join.name, join.into)
        await connection.execute(_FACTS, (Jsonb(facts), journey))
        await _join_waits(connection, join, journey, naming)
    customer = accepted.subjects[join.home].customer(join.home)
    for subject in filter(None, {join.home, customer}):
        keys = [joined_key(key, join, naming) for key in await end_keys(connection, [subject])]
        await write_keys(connection, keys, at)
    named = {"kind": join.kind, "name": join.name, "into": join.into, "home": join.home}
    before, after = [join.kind, join.name], [join.kind, join.into]
    asked = {"journey": journey, "before": Jsonb(before), "after": Jsonb(after)}
    await connection.execute(_EFFECTS, asked)
    await connection.execute(_SILENCES, {"home": join.home, "before": before, "after": after})
    await connection.execute(_LOG, named)
    await connection.execute(_NAMES, named)


async def end_waits(connection: Connection, journey: str) -> list[Firing]:
    """Take what waits in a journey out; `write_waits` puts it back. What cannot be read stays as it
    is.
    """
    passed, found = PassedOver("waits"), list[Firing]()
    for row in await connection.rows(_WAITS, (journey,)):
        if wait := passed.read(Firing.from_json, row[-1]):
            found.append(wait)
        else:
            await connection.execute(_WAIT, (*row[:-1], Jsonb(row[-1])))
    passed.log()
    return found


async def write_waits(connection: Connection, journey: str, waits: Mapping[WaitId, Firing]) -> None:
    """What waits in a journey of which nothing else does."""
    for wait_id, wait in waits.items():
        row = (journey, *wait_id, wait.due_at, Jsonb(wait.to_json()))
        await connection.execute(_WAIT, row)


async def end_keys(connection: Connection, subjects: Sequence[str]) -> list[OnceKey]:
    """Take the once-keys of subjects out; `write_keys` puts them back."""
    keys = [OnceKey(*row) for row in await connection.rows(_KEYS, (list(subjects),))]
    for key in keys:
        await connection.execute(_FORGET_KEY, (key.subject, key.rule_id, key.value))
    return keys


async def write_keys(connection: Connection, keys: Sequence[OnceKey], at: JoinMoment) -> None:
    """Once-keys that nobody has, of which several may be one by now: what only one of their firings
    may say, the others say no more.
    """
    crossing = crossing_holders(keys)
    rows = await connection.rows(_SPOKEN, (_holders(crossing),)) if crossing else []
    spoken = frozenset((rule, holder) for rule, holder in rows)
    for key in sorted(one_of_each_key(keys, spoken).values(), key=_name_of):
        await connection.execute(_KEY, _columns(key))
    if others := left_over(keys, spoken):
        asked = {"holders": _holders(others), "now": at.now, "why": Reason.ALREADY_DONE}
        await connection.execute(_LEAVE_UNSAID, asked)


async def _join_waits(
    connection: Connection, join: JoinedThing, journey: str, naming: Naming
) -> None:
    waits = [joined_wait(one, join, naming) for one in await end_waits(connection, journey)]
    await write_waits(connection, journey, one_of_each_wait(waits))


_name_of = attrgetter("subject", "rule_id", "value")


def _holders(found: Iterable[KeyHolder]) -> Jsonb:
    """Firings by the parts of which their name may be made: a slash may stand in each."""
    parts = [
        {
            "rule_id": rule,
            "holder": holder,
            "journey": holder[:slash],
            "occurrence": holder[slash + 1 :],
        }
        for rule, holder in sorted(found)
        for slash, sign in enumerate(holder)
        if sign == "/"
    ]
    return Jsonb(parts)


def _columns(key: OnceKey) -> tuple[Any, ...]:
    return key.subject, key.rule_id, key.value, key.holder, key.taken_at, key.free_at
