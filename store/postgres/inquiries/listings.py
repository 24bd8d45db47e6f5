"""What people ask: which effects, decisions and events there are, and what waits."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, LiteralString

from engine.decisions.decision import Decision, Logged
from engine.decisions.effects import Effect
from engine.decisions.firing import Firing
from engine.decisions.reason import Reason
from engine.facts.events import Event
from engine.facts.naming import subject_id
from store.postgres.journeys.effect_rows import effect_of, moment, stored_state
from store.postgres.sessions.pool import Pool
from store.postgres.sessions.readable_rows import readable
from store.records.answers import LedgerQuery

_EFFECTS = """
select to_json(e) from effects e
where %(order)s::text is null
    or order_subject in (
        select id from subjects
        where id like 'order:%%' and substr(id, strpos(id, '/') + 1) = %(order)s)
    or %(customer)s and journey in (
        select j.journey from journeys j join events c on c.customer_subject = j.subject
            join subjects o on o.id = c.order_subject
        where substr(o.id, strpos(o.id, '/') + 1) = %(order)s)
order by decided_at, key
"""
# Of each state and each reason the first ones, in their order: the ledger is long.
_IN = """
with first as (
    select one.key from unnest(%(states)s::text[]) as asked(state), lateral (
        select key from effects
        where state = asked.state and state not in ('wanted', 'claimed', 'data', 'held')
            and coalesce(settled_at, decided_at) >= %(since)s
            and (%(rule)s::text is null or rule_id = %(rule)s)
            and (%(shop)s::text is null or firing ->> 'shop' = %(shop)s)
        order by coalesce(settled_at, decided_at), key limit %(limit)s) one
    union
    select key from effects
    where state in ('wanted', 'claimed', 'data', 'held') and state = any(%(states)s)
        and coalesce(settled_at, decided_at) >= %(since)s
        and (%(rule)s::text is null or rule_id = %(rule)s)
        and (%(shop)s::text is null or firing ->> 'shop' = %(shop)s)
    union
    select one.key from unnest(%(reasons)s::text[]) as asked(reason), lateral (
        select key from effects
        where reason = asked.reason and coalesce(settled_at, decided_at) >= %(since)s
            and (%(rule)s::text is null or rule_id = %(rule)s)
            and (%(shop)s::text is null or firing ->> 'shop' = %(shop)s)
        order by coalesce(settled_at, decided_at), key limit %(limit)s) one
)
select to_json(e) from effects e where key in (select key from first)
order by coalesce(settled_at, decided_at), key limit %(limit)s
"""
_WITH = """
select to_json(e) from effects e join effects mine using (journey, rule_id, occurrence)
where mine.key = %s order by e.key
"""
_DECISIONS = """
select to_json(d) from decisions d
where d.rule_id = %(rule)s and d.journey in (
    with orders as (
        select id from subjects
        where substr(id, strpos(id, '/') + 1) = %(order)s
            and case when %(subject)s::text is null then id like 'order:%%'
                else id = %(subject)s end)
    select id from orders
    union
    select journey from effects where order_subject in (select id from orders)
    union
    select j.journey from journeys j join events e on e.customer_subject = j.subject
        where e.order_subject in (select id from orders))
order by d.id
"""
_WAITS = """
select firing from waits
where journey in (select id from subjects where substr(id, strpos(id, '/') + 1) = %s)
order by due_at, rule_id
"""
_LOG = """
select seq, body, revision, stale, known_at from events
where order_subject in (
    select id from subjects where id like 'order:%%' and substr(id, strpos(id, '/') + 1) = %s)
order by occurred_at, pos
"""
_EVER = datetime.min.replace(tzinfo=UTC)


async def effects(pool: Pool, order: str | None, *, customer: bool) -> list[Effect]:
    """The ledger, of one order or all of it; if `customer`, with what concerns the order's
    customer.
    """
    rows = await _rows(pool, _EFFECTS, {"order": order, "customer": customer})
    return readable("effects", effect_of, rows)


async def effects_in(pool: Pool, wanted: LedgerQuery) -> list[Effect]:
    """The rows of the ledger that somebody looks for, the oldest first."""
    asked = {
        "states": [stored_state(one) for one in wanted.states],
        "reasons": [str(one) for one in wanted.reasons],
        "rule": wanted.rule,
        "since": wanted.since or _EVER,
        "shop": wanted.shop,
        "limit": wanted.at_most,
    }
    return readable("effects", effect_of, await _rows(pool, _IN, asked))


async def effects_with(pool: Pool, key: str) -> list[Effect]:
    """Every effect of the firing to which the one with this key belongs."""
    return readable("effects", effect_of, await _rows(pool, _WITH, (key,)))


async def decisions(pool: Pool, rule_id: str, order: str, shop: str | None) -> list[Decision]:
    """What was answered for a rule about an order, oldest first."""
    subject = subject_id("order", shop, order) if shop else None
    rows = await _rows(pool, _DECISIONS, {"rule": rule_id, "order": order, "subject": subject})
    return readable("decisions", decision_of, rows)


def decision_of(row: Mapping[str, Any]) -> Decision:
    """The decision of a row in JSON."""
    return Decision(
        journey=row["journey"],
        rule_id=row["rule_id"],
        occurrence=row["occurrence"],
        revision=row["revision"],
        at=datetime.fromisoformat(row["at"]),
        event=row["event"],
        event_at=datetime.fromisoformat(row["event_at"]),
        due_at=datetime.fromisoformat(row["due_at"]),
        reason=Reason(row["reason"]) if row["reason"] else None,
        by=row["by"],
        until=moment(row["until"]),
        proof=tuple(row["proof"]),
    )


async def waits_of(pool: Pool, order: str) -> list[Firing]:
    """What waits about an order, the next first."""
    return readable("waits", Firing.from_json, await _rows(pool, _WAITS, (order,)))


async def events_of(pool: Pool, order: str) -> list[Logged]:
    """What happened to an order, by its own time."""
    return readable("events", logged_of, await _rows(pool, _LOG, (order,)))


def logged_of(seq: int, body: dict[str, Any], *rest: Any) -> Logged:
    """The event of a row of the log: its place, body, revision, whether it is overtaken, and when
    it became known.
    """
    return Logged(seq, Event.from_json(body), *rest)


async def _rows(pool: Pool, query: LiteralString, asked: Any = None) -> list[tuple[Any, ...]]:
    async with pool.connection() as connection:
        return await connection.rows(query, asked)
