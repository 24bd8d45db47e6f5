"""Two things of an order that turned out to be one: whatever hangs on either hangs on one of them.

Called under the locks of the home; journeys, once-keys and effects are locked after it, in that
order.
"""

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from psycopg.types.json import Jsonb

from engine.decisions.decision import OnceKey
from engine.decisions.firing import Firing
from engine.facts.identity.aliases import JoinedThing
from engine.facts.naming import Naming
from engine.facts.state import joined
from store.postgres.sessions.pool import Connection
from store.records.joined_rows import (
    WaitId,
    joined_key,
    joined_wait,
    one_of_each_key,
    one_of_each_wait,
)
from store.records.log_rows import Accepted

_JOURNEY = "select facts from journeys where journey = %s for update"
_FACTS = "update journeys set facts = %s where journey = %s"
_WAITS = "delete from waits where journey = %s returning firing"
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


async def join_things(
    connection: Connection, join: JoinedThing, accepted: Accepted, naming: Naming
) -> None:
    """What hangs on either of two things of a home hangs on one of them."""
    journey = naming.journey(join.home)
    if row := await connection.row(_JOURNEY, (journey,)):
        facts = joined(row[0], join.kind, join.name, join.into)
        await connection.execute(_FACTS, (Jsonb(facts), journey))
        await _join_waits(connection, join, journey, naming)
    customer = accepted.subjects[join.home].customer(join.home)
    await _join_keys(connection, join, [join.home, *([customer] if customer else [])], naming)
    named = {"kind": join.kind, "name": join.name, "into": join.into, "home": join.home}
    before, after = [join.kind, join.name], [join.kind, join.into]
    asked = {"journey": journey, "before": Jsonb(before), "after": Jsonb(after)}
    await connection.execute(_EFFECTS, asked)
    await connection.execute(_SILENCES, {"home": join.home, "before": before, "after": after})
    await connection.execute(_LOG, named)
    await connection.execute(_NAMES, named)


async def end_waits(connection: Connection, journey: str) -> list[Firing]:
    """Take what waits in a journey out; `write_waits` puts it back."""
    return [Firing.from_json(row[0]) for row in await connection.rows(_WAITS, (journey,))]


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


async def write_keys(connection: Connection, keys: Iterable[OnceKey]) -> None:
    """Once-keys that nobody has."""
    for key in sorted(keys, key=_name_of):
        await connection.execute(_KEY, _columns(key))


async def _join_waits(
    connection: Connection, join: JoinedThing, journey: str, naming: Naming
) -> None:
    waits = [joined_wait(one, join, naming) for one in await end_waits(connection, journey)]
    await write_waits(connection, journey, one_of_each_wait(waits))


async def _join_keys(
    connection: Connection, join: JoinedThing, subjects: Sequence[str], naming: Naming
) -> None:
    keys = await end_keys(connection, subjects)
    moved = one_of_each_key(joined_key(key, join, naming) for key in keys)
    await write_keys(connection, moved.values())


_name_of = attrgetter("subject", "rule_id", "value")


def _columns(key: OnceKey) -> tuple[Any, ...]:
    return key.subject, key.rule_id, key.value, key.holder, key.taken_at, key.free_at
