"""An outcome becomes rows: once-keys first, sorted, then waits, effects, silences and decisions,
nudges last.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

from psycopg.types.json import Jsonb

from engine.decisions.decision import Decision, OnceKey, OpenWork, Outcome, Situation
from engine.decisions.effects import Effect
from engine.sending.ledger import DROPPED, RELEASED
from store.postgres.journeys.effect_rows import (
    changing,
    effect_row,
    silence_row,
)
from store.postgres.journeys.endings import end_with, free_waiting
from store.postgres.sessions.pool import Connection
from store.records.todo import first_of_each

_TAKE_IF_FREE = """
insert into once_keys (subject, rule_id, value, holder, taken_at, free_at)
values (%(subject)s, %(rule_id)s, %(value)s, %(holder)s, %(taken_at)s, %(free_at)s)
on conflict (subject, rule_id, value) do update
set holder = excluded.holder, taken_at = excluded.taken_at, free_at = excluded.free_at
where once_keys.holder = excluded.holder or once_keys.free_at <= excluded.taken_at
returning 1
"""
_TAKE = """
with taken as (
    insert into once_keys (subject, rule_id, value, holder, taken_at, free_at)
    values (%(subject)s, %(rule_id)s, %(value)s, %(holder)s, %(taken_at)s, %(free_at)s)
    on conflict (subject, rule_id, value) do update
    set holder = excluded.holder, taken_at = excluded.taken_at, free_at = excluded.free_at
    where once_keys.holder = excluded.holder or once_keys.free_at <= excluded.taken_at
    returning 1
)
select must_strike(count(*)) from taken
"""
_LOCK_KEY = "select 1 from once_keys where subject = %s and rule_id = %s and value = %s for update"
_KEEP = "insert into kept_keys (rule_id, holder) values (%s, %s) on conflict do nothing"
_END_WAIT = (
    "delete from waits where journey = %s and rule_id = %s and occurrence = %s and line = %s"
)
# Of two journeys that find a breaker open, one tells of it; the other sees that when it asks anew.
_HOLD = """
with held as (
    insert into breakers (shop, breaker, opened_at, held_at)
    values (%(shop)s, %(breaker)s, %(opened_at)s, %(held_at)s)
    on conflict (shop, breaker) do update
    set opened_at = excluded.opened_at, held_at = excluded.held_at
    where breakers.held_at = %(seen_at)s::timestamptz
    returning 1
)
select must_strike(count(*)) from held
"""
_WAIT = """
insert into waits (journey, rule_id, occurrence, line, due_at, firing)
values (%s, %s, %s, %s, %s, %s)
on conflict (journey, rule_id, occurrence, line) do update
set due_at = excluded.due_at, firing = excluded.firing
"""
# A row that came to nothing is wanted anew; every other one stays as it is.
_ADD_EFFECT = """
insert into effects (
    key, kind, name, journey, rule_id, occurrence, order_subject, customer_subject, firing,
    category, valid_until, decided_at, awaited_by, awaits, state, owner, channel, revision,
    held_until, resent, reason, reason_by, settled_at, result, awaits_room, shown, carries,
    arguments)
values (
    %(key)s, %(kind)s, %(name)s, %(journey)s, %(rule_id)s, %(occurrence)s, %(order_subject)s,
    %(customer_subject)s, %(firing)s, %(category)s, %(valid_until)s, %(decided_at)s,
    %(awaited_by)s, %(awaits)s, %(state)s, %(owner)s, %(channel)s, %(revision)s,
    %(held_until)s, %(resent)s, %(reason)s, %(reason_by)s, %(settled_at)s, %(result)s,
    %(awaits_room)s, %(shown)s, %(carries)s, %(arguments)s)
on conflict (key) do update set
    kind = excluded.kind, name = excluded.name, journey = excluded.journey,
    rule_id = excluded.rule_id, occurrence = excluded.occurrence,
    order_subject = excluded.order_subject, customer_subject = excluded.customer_subject,
    firing = excluded.firing, category = excluded.category, valid_until = excluded.valid_until,
    decided_at = excluded.decided_at, awaited_by = excluded.awaited_by, awaits = excluded.awaits,
    state = excluded.state, owner = excluded.owner, channel = excluded.channel,
    revision = excluded.revision, held_until = excluded.held_until, resent = excluded.resent,
    reason = excluded.reason, reason_by = excluded.reason_by, settled_at = excluded.settled_at,
    result = excluded.result, awaits_room = excluded.awaits_room, shown = excluded.shown,
    carries = excluded.carries, arguments = excluded.arguments,
    data_until_db = null, touched_db = now()
where effects.state in ('dropped', 'refused') and effects.reason is distinct from 'digested'
"""
_SETTLE_HELD = """
update effects set
    state = %(state)s, customer_subject = %(customer_subject)s, owner = %(owner)s,
    channel = %(channel)s, revision = %(revision)s, held_until = %(held_until)s,
    resent = %(resent)s, reason = %(reason)s, reason_by = %(reason_by)s,
    settled_at = %(settled_at)s, result = %(result)s, awaits_room = %(awaits_room)s,
    shown = %(shown)s, carries = %(carries)s, arguments = %(arguments)s, touched_db = now()
where key = %(key)s and state = 'held'
"""
_SILENCE = """
insert into suppressions (
    key, rule_id, categories, customer_subject, order_subject, across_customer, about,
    starts_at, ends_at, until, place, product, lifted_by_customer)
values (
    %(key)s, %(rule_id)s, %(categories)s, %(customer_subject)s, %(order_subject)s,
    %(across_customer)s, %(about)s, %(starts_at)s, %(ends_at)s, %(until)s, %(place)s,
    %(product)s, %(lifted_by_customer)s)
on conflict do nothing
"""
_DECIDED = """
insert into decisions (
    journey, rule_id, occurrence, revision, at, event, event_at, due_at, reason, "by", until, proof)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_QUARANTINE = "insert into quarantine (source, id, seq, error) values ('journey', %s, %s, %s)"
# Now and then a decision notes that somebody decides; none waits for another that does.
_JOURNEY = """
with stale as (
    select last_db from deciding
    where last_db not between now() - interval '20 seconds' and now() + interval '20 seconds'
    for update skip locked
), noted as (
    update deciding d set last_db = now(), resumed_db = case
        when s.last_db between now() - interval '1 minute' and now() then d.resumed_db
        else now() end
    from stale s
)
update journeys
set facts = %(facts)s, cursor = %(cursor)s, revision = %(revision)s, moved = %(moved)s,
    wake_at = %(wake_at)s,
    ended = %(ended)s, again = array(select seq from unnest(again) as seq where seq > %(read)s),
    touched_db = now()
where journey = %(journey)s
"""
# A nudge may be the word of an activation after this decision was read: then it stays.
_DONE_NUDGE = """
delete from nudges where journey = %s and seq <= %s
    and (select revision from activations order by number desc limit 1) = %s
    and not exists (select from activations where moves_waits and number > %s)
"""
# What a journey is told to see to is not forgotten, however long its provider is away: the sweep
# leaves it alone.
_OPEN = """
with seen as (
    update effects set touched_db = now()
    where journey = %(journey)s and state in ('wanted', 'claimed', 'data')
        and touched_db < now() - interval '1 minute')
select kind, key from effects
where journey = %(journey)s and state in ('wanted', 'claimed', 'data') order by key
"""


async def write_outcome(
    connection: Connection,
    situation: Situation,
    outcome: Outcome,
    customer: str | None,
    now: datetime,
) -> OpenWork:
    """Write what a decision changes, commit, and answer what is open.

    The transaction is `Overtaken` if a once-key was taken, or an opening announced, meanwhile.
    """
    held = {effect.key: effect for effect in situation.held}
    settled = [RELEASED().of(held[key], now) for key in outcome.released]
    settled += [DROPPED(reason, by).of(held[key], now) for key, reason, by in outcome.dropped]
    taken = _newest(outcome.once)
    if outcome.dropped:
        # What falls now gives back what another firing takes now.
        for key in taken:
            await connection.execute(_LOCK_KEY, (key.subject, key.rule_id, key.value))
        await end_with(connection, settled)
    for key in taken:
        await connection.execute(_TAKE, _row(key))
        if key.stays:
            await connection.execute(_KEEP, (key.rule_id, key.holder))
    for row in _held(situation, outcome):
        await connection.execute(_HOLD, row)
    await _write_waits(connection, outcome)
    await _write_effects(connection, situation, outcome.effects, customer, now)
    for effect in settled:
        await connection.execute(_SETTLE_HELD, changing(effect) | {"key": effect.key})
    for silence in outcome.suppressions:
        await connection.execute(_SILENCE, silence_row(silence, situation.subjects.shop))
    await _write_answers(connection, situation.journey, outcome)
    await _write_journey(connection, situation, outcome)
    still_open = await connection.last_rows(_OPEN, {"journey": situation.journey})
    return OpenWork(
        tuple([(kind, key) for kind, key in still_open]),
        outcome.wake.at,
        outcome.wake.ended,
        outcome.wake.ends_with_these,
    )


async def take_key(connection: Connection, key: OnceKey) -> bool:
    """Take a once-key; False if another firing has it at its due moment."""
    return await connection.row(_TAKE_IF_FREE, _row(key)) is not None


def _newest(keys: Sequence[OnceKey]) -> list[OnceKey]:
    """One key for each row, in the order in which they are locked; the last to take it keeps it."""
    found = {(key.subject, key.rule_id, key.value): key for key in keys}
    return [found[name] for name in sorted(found)]


def _row(key: OnceKey) -> dict[str, Any]:
    return {
        "subject": key.subject,
        "rule_id": key.rule_id,
        "value": key.value,
        "holder": key.holder,
        "taken_at": key.taken_at,
        "free_at": key.free_at,
    }


def _held(situation: Situation, outcome: Outcome) -> Iterator[dict[str, Any]]:
    """The rows of openings, in the order in which they are locked, with what was read of each."""
    seen = {one.breaker: one.held_at for one in situation.openings}
    for one in sorted(outcome.openings, key=attrgetter("breaker")):
        row = {
            "shop": situation.subjects.shop,
            "breaker": one.breaker,
            "seen_at": seen.get(one.breaker),
        }
        yield row | {"opened_at": one.opened_at, "held_at": one.held_at}


async def _write_waits(connection: Connection, outcome: Outcome) -> None:
    for wait in outcome.ended_waits:
        await connection.execute(_END_WAIT, (wait.journey, *wait.wait_id))
    for wait in outcome.waits:
        row = (wait.journey, *wait.wait_id, wait.due_at, Jsonb(wait.to_json()))
        await connection.execute(_WAIT, row)


async def add_effect(connection: Connection, effect: Effect, subject: str) -> None:
    """A row of the ledger of the journey of this subject."""
    await connection.execute(_ADD_EFFECT, effect_row(effect, subject))


async def _write_effects(
    connection: Connection,
    situation: Situation,
    effects: Sequence[Effect],
    customer: str | None,
    now: datetime,
) -> None:
    for effect in first_of_each(effects):
        await add_effect(connection, effect.now(customer=customer), situation.subject)
    # A call may have answered an earlier time.
    firings = {
        (one.firing.rule_id, one.firing.occurrence): one.firing for one in effects if one.awaits
    }
    for firing in firings.values():
        await free_waiting(connection, firing, now)


async def _write_answers(connection: Connection, journey: str, outcome: Outcome) -> None:
    for decision in outcome.decisions:
        await connection.execute(_DECIDED, _decided(decision))
    for seq, error in outcome.quarantined:
        await connection.execute(_QUARANTINE, (journey, seq, error))


def _decided(one: Decision) -> tuple[Any, ...]:
    named = (
        one.journey,
        one.rule_id,
        one.occurrence,
        one.revision,
        one.at,
        one.event,
        one.event_at,
        one.due_at,
    )
    return (*named, one.reason, one.by, one.until, Jsonb(list(one.proof)))


async def _write_journey(connection: Connection, situation: Situation, outcome: Outcome) -> None:
    row = {
        "journey": situation.journey,
        "facts": Jsonb(outcome.own.facts),
        "cursor": outcome.own.cursor,
        "revision": outcome.own.revision,
        "moved": outcome.own.moved,
        "wake_at": outcome.wake.at,
        "ended": outcome.wake.ended,
        "read": situation.events[-1].seq if situation.events else 0,
    }
    await connection.execute(_JOURNEY, row)
    if not situation.more:
        own = outcome.own
        done = (situation.journey, own.cursor, own.revision, own.moved)
        await connection.execute(_DONE_NUDGE, done)
