"""Customers who turned out to be one, and orders that changed hands: whatever hangs on them goes
along.

Called under the locks of them all; journeys, once-keys and effects are locked after them, in that
order.
"""

from typing import Any

from psycopg.types.json import Jsonb

from engine.catalog.rows import changed
from engine.decisions.decision import OnceKey
from engine.decisions.firing import Firing
from engine.facts.identity.persons import HandedOrder, JoinedPerson, joined_customers
from engine.facts.naming import Naming, own_id
from engine.facts.state import State, empty
from store.postgres.intake.joins import (
    JoinMoment,
    end_keys,
    end_waits,
    write_keys,
    write_waits,
)
from store.postgres.sessions.pool import Connection
from store.records.joined_rows import moved_wait, one_of_each_wait
from store.records.log_rows import Accepted

_MAKE_JOURNEY = """
insert into journeys (journey, subject, facts)
select %(kept)s, %(into)s, %(empty)s from journeys where journey = %(gone)s
on conflict do nothing
"""
_JOURNEYS = (
    "select journey, facts from journeys where journey = any(%s) order by journey for update"
)
_FACTS = "update journeys set facts = %s where journey = %s"
# Both change nothing that an attempt to send compares.
_JOIN = (
    "update effects set customer_subject = %(into)s where customer_subject = %(name)s",
    "update suppressions set customer_subject = %(into)s where customer_subject = %(name)s",
    """
    update events set customer_subject = %(into)s,
        body = jsonb_set(body, '{customer}', to_jsonb(%(into_id)s::text))
    where customer_subject = %(name)s
    """,
    """
    insert into things (shop, kind, thing, order_subject, known_as)
    select shop, kind, thing, %(into)s, known_as from things where order_subject = %(name)s
    on conflict do nothing
    """,
    "delete from things where order_subject = %(name)s",
    """
    insert into addresses (shop, address, customer_subject, until)
    select shop, address, %(into)s, until from addresses where customer_subject = %(name)s
    on conflict (shop, address, customer_subject) do update
    set until = case when addresses.until is not null then excluded.until end
    """,
    "delete from addresses where customer_subject = %(name)s",
    "update subjects set merged_into = %(into)s where %(name)s in (id, merged_into)",
)
_HAND_OVER = (
    """
    update suppressions set customer_subject = %(after)s
    where customer_subject = %(before)s and order_subject = %(order)s and across_customer
    """,
    """
    update events set customer_subject = %(after)s,
        body = jsonb_set(body, '{customer}', to_jsonb(%(after_id)s::text))
    where subject = %(order)s and customer_subject = %(before)s
    """,
)


async def change_people(connection: Connection, accepted: Accepted, at: JoinMoment) -> None:
    """Write what a batch has shown of people and their orders, in that order."""
    for change in accepted.names.people:
        match change:
            case HandedOrder(order, before, after):
                named = {"order": order, "before": before, "after": after}
                for statement in _HAND_OVER:
                    await connection.execute(statement, named | {"after_id": own_id(after)})
            case JoinedPerson(name, into):
                await _join_journeys(connection, change, at.naming)
                await _join_keys(connection, change, at)
                asked = {"name": name, "into": into, "into_id": own_id(into)}
                for statement in _JOIN:
                    await connection.execute(statement, asked)


async def _join_journeys(connection: Connection, join: JoinedPerson, naming: Naming) -> None:
    """A journey stays, to see to what is open; what waits there waits in the other one."""
    gone, kept = naming.journey(join.name), naming.journey(join.into)
    named: dict[str, Any] = {"gone": gone, "kept": kept, "into": join.into}
    await connection.execute(_MAKE_JOURNEY, named | {"empty": Jsonb(empty())})
    rows = await connection.rows(_JOURNEYS, ([gone, kept],))
    facts: dict[str, State] = dict(rows)
    if gone not in facts:
        return
    joined = joined_customers(facts[kept], facts[gone])
    await connection.execute(_FACTS, (Jsonb(joined), kept))
    await connection.execute(_FACTS, (Jsonb(empty()), gone))
    waits: list[Firing] = await end_waits(connection, kept)
    waits += [moved_wait(one, join, kept) for one in await end_waits(connection, gone)]
    await write_waits(connection, kept, one_of_each_wait(waits))


async def _join_keys(connection: Connection, join: JoinedPerson, at: JoinMoment) -> None:
    keys: list[OnceKey] = await end_keys(connection, [join.into, join.name])
    await write_keys(connection, [changed(key, subject=join.into) for key in keys], at)
