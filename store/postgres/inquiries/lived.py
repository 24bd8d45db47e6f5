"""What is known of one order and everything around its customer, read for somebody who wants to
tell it again.
"""

from typing import Any, LiteralString

from engine.decisions.decision import Logged
from engine.facts.events import Event
from engine.facts.naming import own_id, shop_of
from engine.scenarios.recording.lived import Lived
from store.postgres.inquiries.listings import decision_of
from store.postgres.journeys.effect_rows import effect_of, silence_of
from store.postgres.sessions.pool import Connection, Pool

_ORDERS = """
select id, customer, facts from subjects
where id like 'order:%%' and substr(id, strpos(id, '/') + 1) = %s order by id
"""
# One customer's orders share caps, silences and once-keys, so that none of them can be told without
# the others.
_AROUND = """
select %(order)s::text
union
select %(customer)s::text where %(customer)s::text is not null
union
select id from subjects where customer = %(customer)s
"""
_FACTS = "select facts from subjects where id = %s"
_TOLD = """
select seq, body, revision, stale, known_at from events
where subject is not null
    and (order_subject = any(%(around)s) or customer_subject = any(%(around)s))
order by known_at, pos
"""
_EFFECTS = """
select to_json(e) from effects e join journeys using (journey) where subject = any(%(around)s)
order by settled_at, key
"""
_DECISIONS = """
select to_json(d) from decisions d join journeys using (journey) where subject = any(%(around)s)
order by id
"""
_SILENCES = """
select to_json(s) from suppressions s
where order_subject = any(%(around)s) or customer_subject = any(%(around)s)
order by starts_at, key
"""


async def orders_named(pool: Pool, order: str) -> list[str]:
    """The shops that have an order of this id."""
    async with pool.connection() as connection:
        return [shop_of(row[0]) for row in await connection.rows(_ORDERS, (order,))]


async def lived(pool: Pool, shop: str, order: str) -> Lived | None:
    """One order of a shop with everything around its customer; None if there is none."""
    async with pool.connection() as connection:
        rows = await connection.rows(_ORDERS, (order,))
        found = next((row for row in rows if shop_of(row[0]) == shop), None)
        return await _lived(connection, *found) if found else None


async def _lived(
    connection: Connection, subject: str, customer: str | None, facts: dict[str, Any]
) -> Lived:
    around = await connection.rows(_AROUND, {"order": subject, "customer": customer})
    asked = {"around": [row[0] for row in around]}

    async def rows(query: LiteralString) -> list[tuple[Any, ...]]:
        return await connection.rows(query, asked)

    known = await connection.rows(_FACTS, (customer,))
    return Lived(
        order=own_id(subject),
        customer=own_id(customer) if customer else None,
        order_facts=facts,
        customer_facts=known[0][0] if known else None,
        events=tuple(
            Logged(row[0], Event.from_json(row[1]), *row[2:]) for row in await rows(_TOLD)
        ),
        effects=tuple(effect_of(row[0]) for row in await rows(_EFFECTS)),
        decisions=tuple(decision_of(row[0]) for row in await rows(_DECISIONS)),
        silences=tuple(silence_of(row[0]) for row in await rows(_SILENCES)),
    )
