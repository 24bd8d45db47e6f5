"""What people ask: how much there is of what, which effects, decisions, journeys and events there
are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from engine.decisions.decision import Decision, Effect, Firing, Logged, Reason
from engine.facts.events import Event
from engine.facts.naming import subject_id
from store.postgres.journeys.effect_rows import effect_of, read_state
from store.postgres.sessions.pool import Pool

_COUNTS = """
select json_build_object(
    'events', (select count(*) from events),
    'conflicts', (select coalesce(sum(conflicts), 0) from events),
    'journeys', (select count(*) from journeys where not ended),
    'waits', (select count(*) from waits),
    'effects', (select coalesce(json_object_agg(state, n), '{}')
                from (select state, count(*) n from effects group by state) s),
    'open', (select count(*) from effects where state in ('wanted', 'claimed', 'data')),
    'decisions', (select count(*) from decisions),
    'suppressions', (select count(*) from suppressions),
    'nudges', (select count(*) from nudges),
    'quarantine', (select count(*) from quarantine)
)
"""
_EFFECTS = """
select to_json(e) from effects e
where %(order)s::text is null or order_subject in (
    select id from subjects where id like 'order:%%' and substr(id, strpos(id, '/') + 1) = %(order)s)
    or %(customer)s and journey in (
        select j.journey from journeys j join events c on c.customer_subject = j.subject
            join subjects o on o.id = c.order_subject where substr(o.id, strpos(o.id, '/') + 1) = %(order)s)
order by decided_at, key
"""
_UNCERTAIN = "select to_json(e) from effects e where state = 'uncertain' order by settled_at, key"
# The columns of a decision, as `decision_of` reads them.
DECISION = 'journey, rule_id, occurrence, revision, at, event, event_at, due_at, reason, "by", until, proof'
_DECISIONS = f"""
select {DECISION}
from decisions d
where d.rule_id = %(rule)s and d.journey in (
    with orders as (
        select id from subjects where substr(id, strpos(id, '/') + 1) = %(order)s
            and case when %(subject)s::text is null then id like 'order:%%' else id = %(subject)s end)
    select id from orders union select journey from effects where order_subject in (select id from orders)
    union select j.journey from journeys j join events e on e.customer_subject = j.subject
        where e.order_subject in (select id from orders))
order by d.id
"""  # noqa: S608  # only our own constant is put in
_JOURNEYS = """
select journey, subject, cursor, wake_at, ended,
    exists (select 1 from waits where waits.journey = journeys.journey)
        or exists (select 1 from effects
            where effects.journey = journeys.journey and held_until is not null and state = 'held')
        or wake_at is not null and subject like 'customer:%',
    case when subject like 'customer:%%' then substr(subject, strpos(subject, '/') + 1)
        else facts -> 'customer' ->> 0 end
from journeys order by journey
"""
# A message that was held a moment ago is not seen to before its journey has noted when to ask
# again.
_IDLE = """
select not exists (select 1 from nudges)
    and not exists (select 1 from effects where state in ('wanted', 'claimed', 'data'))
    and not exists (
        select 1 from effects join journeys using (journey)
        where state = 'held' and (wake_at is null and held_until is not null or wake_at > held_until))
"""
_WAITS = """
select firing from waits where journey in (select id from subjects where substr(id, strpos(id, '/') + 1) = %s)
order by due_at, rule_id
"""
_LOG = """
select seq, body, revision, stale, known_at from events
where order_subject in (
    select id from subjects where id like 'order:%%' and substr(id, strpos(id, '/') + 1) = %s)
order by occurred_at, pos
"""
_WAITING = """
select journey from waits union select journey from effects where state = 'held' order by journey
"""


@dataclass(frozen=True, slots=True)
class JourneyRow:
    """How far a journey is; `kind` is order or customer.

    `waits` says that something is to be asked or told at `wake_at`; a journey that does not would
    only end then. `customer` is the customer's id in their shop, where it is known.
    """

    journey: str
    kind: str
    subject: str
    cursor: int
    wake_at: datetime | None
    ended: bool
    waits: bool
    customer: str | None


async def counts(pool: Pool) -> dict[str, Any]:
    """How much there is of everything; effects by state."""
    found: dict[str, Any] = (await _rows(pool, _COUNTS))[0][0]
    found["effects"] = {read_state(state): number for state, number in found["effects"].items()}
    return found


async def effects(pool: Pool, order: str | None, *, customer: bool) -> list[Effect]:
    """The ledger, of one order or all of it; if `customer`, with what concerns the order's
    customer.
    """
    return [
        effect_of(row[0])
        for row in await _rows(pool, _EFFECTS, {"order": order, "customer": customer})
    ]


async def uncertain(pool: Pool) -> list[Effect]:
    """The messages nobody is sure of, the oldest first."""
    return [effect_of(row[0]) for row in await _rows(pool, _UNCERTAIN)]


async def decisions(pool: Pool, rule_id: str, order: str, shop: str | None) -> list[Decision]:
    """What was answered for a rule about an order, oldest first."""
    subject = subject_id("order", shop, order) if shop else None
    rows = await _rows(pool, _DECISIONS, {"rule": rule_id, "order": order, "subject": subject})
    return [decision_of(row) for row in rows]


def decision_of(row: Sequence[Any]) -> Decision:
    """The decision of a row of the columns `DECISION`."""
    reason = Reason(row[8]) if row[8] else None
    return Decision(*row[:8], reason=reason, by=row[9], until=row[10], proof=tuple(row[11]))  # type: ignore[misc]  # a row has as many columns as are selected


async def waits_of(pool: Pool, order: str) -> list[Firing]:
    """What waits about an order, the next first."""
    return [Firing.from_json(row[0]) for row in await _rows(pool, _WAITS, (order,))]


async def journeys(pool: Pool) -> list[JourneyRow]:
    """Every journey that was ever woken."""
    rows = await _rows(pool, _JOURNEYS)
    return [JourneyRow(row[0], str(row[0]).partition(":")[0], *row[1:]) for row in rows]


async def idle(pool: Pool) -> bool:
    """Whether no journey has news to read and no effect is open."""
    return bool((await _rows(pool, _IDLE))[0][0])


async def events_of(pool: Pool, order: str) -> list[Logged]:
    """What happened to an order, by its own time."""
    return [
        Logged(row[0], Event.from_json(row[1]), *row[2:])
        for row in await _rows(pool, _LOG, (order,))
    ]


async def waiting(pool: Pool) -> list[str]:
    """Every journey in which something waits or is held."""
    return [row[0] for row in await _rows(pool, _WAITING)]


async def _rows(pool: Pool, query: LiteralString, asked: Any = None) -> list[tuple[Any, ...]]:
    async with pool.connection() as connection:
        return await connection.rows(query, asked)
