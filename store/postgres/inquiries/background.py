"""All that is kept of one order or one customer, for somebody who asks why."""

from collections.abc import Callable
from typing import Any, LiteralString, TypeVar

from engine.decisions.firing import Firing
from engine.facts.naming import Naming
from store.postgres.inquiries.listings import decision_of, logged_of
from store.postgres.journeys.effect_rows import effect_of, once_key_of, silence_of
from store.postgres.sessions.pool import Pool
from store.postgres.sessions.readable_rows import readable
from store.records.answers import SubjectHistory

T = TypeVar("T")
_SUBJECTS = """
select id, customer from subjects
where substr(id, strpos(id, '/') + 1) = %(own)s and id like %(kind)s || ':%%' order by id
"""
# Misspelled ids are looked for among those that stand beside them: there may be very many.
_ALIKE = """
with beside as (
    (select id from subjects where substr(id, strpos(id, '/') + 1) >= %(own)s
     order by substr(id, strpos(id, '/') + 1) limit 500)
    union all
    (select id from subjects where substr(id, strpos(id, '/') + 1) < %(own)s
     order by substr(id, strpos(id, '/') + 1) desc limit 500)
)
select distinct substr(id, strpos(id, '/') + 1) from beside where id like %(kind)s || ':%%'
"""
_ORDERS = """
select distinct order_subject from events
where customer_subject = %(subject)s and order_subject is not null
"""
_EVENTS = """
select seq, body, revision, stale, known_at from events
where order_subject = any(%(subjects)s) or customer_subject = any(%(subjects)s)
order by occurred_at, pos
"""
_DECISIONS = "select to_json(d) from decisions d where journey = any(%(journeys)s) order by id"
_WAITS = "select firing from waits where journey = any(%(journeys)s) order by due_at, rule_id"
_EFFECTS = """
select to_json(e) from effects e where journey = any(%(journeys)s) order by decided_at, key
"""
_SILENCES = """
select to_json(s) from suppressions s
where order_subject = any(%(subjects)s) or across_customer and customer_subject = any(%(subjects)s)
order by starts_at, key
"""
_ONCE = """
select to_json(o) from once_keys o where subject = any(%(subjects)s)
order by taken_at, rule_id, value
"""
_NOTES = """
select a.key, a.what, a.at from audit a join effects e using (key)
where e.journey = any(%(journeys)s) order by a.number
"""


async def subjects_named(pool: Pool, kind: str, own: str) -> list[tuple[str, str | None]]:
    """The orders, or customers, of this id in any shop, each with the subject id of its customer
    where known.
    """
    async with pool.connection() as connection:
        return [
            (row[0], row[1]) for row in await connection.rows(_SUBJECTS, {"kind": kind, "own": own})
        ]


async def ids_like(pool: Pool, kind: str, own: str) -> list[str]:
    """Some ids that stand beside this one in the order of all."""
    async with pool.connection() as connection:
        return [row[0] for row in await connection.rows(_ALIKE, {"kind": kind, "own": own})]


async def inquire(pool: Pool, naming: Naming, subject: str, customer: str | None) -> SubjectHistory:
    """Everything about a subject; of an order also what its customer's journey decided."""
    async with pool.connection() as connection:
        subjects = [subject, customer] if customer else [subject]
        if subject.startswith("customer:"):
            subjects += [row[0] for row in await connection.rows(_ORDERS, {"subject": subject})]
        asked: dict[str, Any] = {
            "subjects": subjects,
            "journeys": [naming.journey(one) for one in subjects],
        }

        async def read(what: str, parse: Callable[..., T], query: LiteralString) -> tuple[T, ...]:
            return tuple(readable(what, parse, await connection.rows(query, asked)))

        return SubjectHistory(
            subject=subject,
            events=await read("events", logged_of, _EVENTS),
            decisions=await read("decisions", decision_of, _DECISIONS),
            waits=await read("waits", Firing.from_json, _WAITS),
            effects=await read("effects", effect_of, _EFFECTS),
            silences=await read("silences", silence_of, _SILENCES),
            once=await read("once-keys", once_key_of, _ONCE),
            notes=tuple([(row[0], row[1], row[2]) for row in await connection.rows(_NOTES, asked)]),
        )
