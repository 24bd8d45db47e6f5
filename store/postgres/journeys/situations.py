"""A journey's situation: everything a decision may look at, read as one snapshot under the
journey's lock.
"""

from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from psycopg.types.json import Jsonb

from engine.decisions.decision import Logged, OwnState, Situation, WaitMove
from engine.decisions.firing import Firing
from engine.decisions.waits.beginnings import begun, lookbacks_for
from engine.facts.events import Event
from engine.rules.lookbacks import EARLIEST, Lookbacks
from engine.rules.ruleset import Rulesets as Revisions
from store.postgres.journeys.effect_rows import (
    around_of,
    effect_of,
    happenings_of,
    moment,
    once_key_of,
    opening_of,
)
from store.postgres.journeys.lookback_rows import lookback_params
from store.postgres.rulesets import RulesetCache
from store.postgres.sessions.pool import Connection
from store.records.log_rows import SubjectRow
from store.records.subjects import subjects_of

_LOCK = "select 1 from journeys where journey = %(journey)s for update"

# `store.records.subjects.BATCH` events, as a figure: the planner would rather read whole logs for a
# number it does not know. `whose` is materialized, or its questions would become arguments of
# `history_seen`, which is put in its place only where they are plain.
_LOAD = """
with named as (
    select j.journey, j.subject, j.cursor, j.facts, j.again,
        case when j.subject like 'order:%%' then j.subject end as order_subject,
        case when j.subject like 'order:%%' then s.customer
            else coalesce(s.merged_into, j.subject) end as customer_subject,
        s.seq, j.revision, j.moved, shop_of(j.subject) as shop
    from journeys j left join subjects s on s.id = j.subject
    where j.journey = %(journey)s
), unread as materialized (
    select e.* from named, lateral (
        (select seq, body, revision, stale, known_at, occurred_at from events
        where subject = named.subject and seq > named.cursor order by seq limit 200)
        union all
        select seq, body, revision, stale, known_at, occurred_at from events
        where subject = named.subject and seq = any(named.again) and seq <= named.cursor
        order by seq limit 200) e
), whose as materialized (
    select named.*, case when order_subject is null then 'customer' else 'order' end as kind,
        array_remove(array[order_subject], null) as orders,
        least(%(begun)s::timestamptz, (
            select min((w.firing->>'event_at')::timestamptz) from waits w
            where w.journey = named.journey
        ), (
            select min((e.firing->>'event_at')::timestamptz) from effects e
            where e.journey = named.journey and e.state in ('wanted', 'claimed', 'data', 'held')
        ), (
            select min(occurred_at) - interval '1 microsecond' from unread
            where (body->'history') is distinct from 'true'
        )) as begun,
        (select * from silent_since(order_subject, customer_subject, %(now)s)) as silent
    from named
)
select json_build_object(
    'journey', journey, 'begun', begun,
    'subject', subject, 'cursor', cursor, 'facts', facts, 'seq', seq,
    'revision', revision, 'again', again, 'order', order_subject, 'customer', customer_subject,
    'active', (select revision from activations order by number desc limit 1),
    'moved', moved, 'moves', (
        select coalesce(json_agg(json_build_array(number, revision, at) order by number), '[]')
        from activations where moves_waits and number > whose.moved),
    'subjects', (
        select coalesce(json_object_agg(id, s.facts), '{}') from subjects s
        where id in (whose.order_subject, whose.customer_subject)),
    'events', (
        select coalesce(json_agg(e order by seq), '[]')
        from (select seq, body, revision, stale, known_at from unread) e),
    'waiting', (
        select coalesce(json_agg(
            firing order by rule_id collate "C", occurrence collate "C", line), '[]')
        from waits where journey = whose.journey),
    'effects', (
        select coalesce(json_agg(e order by key), '[]') from effects e
        where journey = whose.journey and state in ('wanted', 'claimed', 'data', 'held')),
    'ended', (
        select coalesce(json_agg(e order by key), '[]') from effects e join (
            select journey, rule_id, occurrence from waits
            where journey = whose.journey and line < 0
            union
            select journey, rule_id, occurrence from effects
            where journey = whose.journey and state = 'held') f
            using (journey, rule_id, occurrence)
        where e.state not in ('wanted', 'claimed', 'data', 'held')),
    'history', (select * from history_seen(orders, customer_subject, %(watched)s,
        %(lookbacks)s::jsonb -> kind, %(now)s, begun, silent)),
    'silences', (select * from silences_over(order_subject, customer_subject)),
    'scans', (select * from scans_named(shop, array[order_subject, customer_subject])),
    'openings', (
        select coalesce(json_agg(b order by breaker), '[]') from breakers b
        where b.shop = whose.shop),
    'once', (
        select coalesce(json_agg(o), '[]') from (
            select k.*, exists (
                select 1 from kept_keys s where s.rule_id = k.rule_id and s.holder = k.holder
            ) as stays from once_keys k
            where subject in (whose.order_subject, whose.customer_subject)) o)
) from whose
"""
# A subject that no rule has heard of yet, as the journey that a new revision would make of it:
# nothing was read, nothing waits, nothing was decided.
_UNWOKEN = """
with whose as (
    select id as subject, seq, shop_of(id) as shop,
        case when id like 'order:%%' then id end as order_subject,
        case when id like 'order:%%' then customer else id end as customer_subject
    from subjects where id = %(subject)s
)
select json_build_object(
    'subject', subject, 'cursor', 0, 'facts', %(facts)s::jsonb, 'seq', seq,
    'revision', null, 'again', json_build_array(), 'moved', 0, 'moves', json_build_array(),
    'order', order_subject, 'customer', customer_subject,
    'active', (select revision from activations order by number desc limit 1),
    'subjects', (
        select coalesce(json_object_agg(id, s.facts), '{}') from subjects s
        where id in (whose.order_subject, whose.customer_subject)),
    'events', (
        select coalesce(json_agg(e order by seq), '[]') from (
            select seq, body, revision, stale, known_at from events
            where subject = whose.subject order by seq limit 200) e),
    'waiting', json_build_array(), 'effects', json_build_array(), 'ended', json_build_array(),
    'history', (select * from history_of(order_subject, customer_subject, %(watched)s)),
    'silences', (select * from silences_over(order_subject, customer_subject)),
    'scans', (select * from scans_named(shop, array[order_subject, customer_subject])),
    'openings', (
        select coalesce(json_agg(b order by breaker), '[]') from breakers b
        where b.shop = whose.shop),
    'once', (
        select coalesce(json_agg(o), '[]') from (
            select k.*, exists (
                select 1 from kept_keys s where s.rule_id = k.rule_id and s.holder = k.holder
            ) as stays from once_keys k
            where subject in (whose.order_subject, whose.customer_subject)) o)
) from whose
"""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A situation, the rulesets it names, and the subject id of its customer."""

    rulesets: Revisions
    situation: Situation
    customer: str | None


async def load_situation(
    connection: Connection, rulesets: RulesetCache, journey: str, now: datetime
) -> Loaded | None:
    """Lock a journey and read its situation at a moment, of its history what a decision may look at
    then; None if nobody ever woke it.
    """
    latest = rulesets.latest or await rulesets.active(connection)
    lock = await connection.execute(_LOCK, {"journey": journey})
    asked = {"journey": journey, "now": now, "begun": None}
    found = await connection.row(_LOAD, asked | lookback_params(latest.lookbacks))
    if found is None or await lock.fetchone() is None:
        return None
    return await _as_far_as_needed(connection, rulesets, latest.lookbacks, asked, found[0])


async def read_situation(
    connection: Connection, rulesets: RulesetCache, journey: str
) -> Loaded | None:
    """Read a journey's situation as it is with the whole of its history, to look at it only, also
    at other moments and by other rules; None if nobody ever woke it.
    """
    lookbacks = (rulesets.latest or await rulesets.active(connection)).lookbacks.whole
    asked = {"journey": journey, "now": EARLIEST, "begun": None}
    while True:
        found = await connection.row(_LOAD, asked | lookback_params(lookbacks))
        if found is None:
            return None
        loaded = await _loaded(connection, rulesets, found[0])
        needed = lookbacks_for(loaded.rulesets, loaded.situation, None).whole
        if needed == lookbacks:
            return loaded
        lookbacks = needed


async def unwoken_situation(
    connection: Connection, rulesets: RulesetCache, journey: str, subject: str
) -> Loaded | None:
    """The situation in which a subject without a journey would be woken, all its news unread; None
    if it is gone.
    """
    watched = (rulesets.latest or await rulesets.active(connection)).watched
    asked = {"subject": subject, "facts": Jsonb(SubjectRow().facts)}
    while True:
        found = await connection.row(_UNWOKEN, {**asked, "watched": sorted(watched)})
        if found is None:
            return None
        loaded = await _loaded(connection, rulesets, found[0] | {"journey": journey})
        needed = lookbacks_for(loaded.rulesets, loaded.situation, None).watched
        if needed == watched:
            return loaded
        watched = needed


async def _as_far_as_needed(
    connection: Connection,
    rulesets: RulesetCache,
    lookbacks: Lookbacks,
    asked: dict[str, Any],
    found: dict[str, Any],
) -> Loaded:
    """The situation of what was read of a journey; read once more where more of its history is
    needed: the rules look further by now, or news lead to what began before them.
    """
    while True:
        loaded = await _loaded(connection, rulesets, found)
        needed = lookbacks_for(loaded.rulesets, loaded.situation, asked["now"])
        since, was_begun = begun(loaded.rulesets, loaded.situation), moment(found["begun"])
        is_enough = since is None or (was_begun is not None and was_begun <= since)
        if is_enough and needed == lookbacks:
            return loaded
        lookbacks = needed
        again = await connection.row(_LOAD, {**asked, "begun": since, **lookback_params(needed)})
        assert again is not None
        found = again[0]


async def _loaded(connection: Connection, rulesets: RulesetCache, found: dict[str, Any]) -> Loaded:
    situation = _situation(found["journey"], found)
    revisions = await _revisions(connection, rulesets, found["active"], situation)
    return Loaded(revisions, situation, found["customer"])


async def _revisions(
    connection: Connection, rulesets: RulesetCache, active: str, situation: Situation
) -> Revisions:
    """The active revision, those under which something began, and those that move what waits."""
    firings = (*situation.waiting, *(held.firing for held in situation.held))
    began_under = {firing.revision for firing in firings}
    heard_under = {logged.revision for logged in situation.events}
    moving = {move.revision for move in situation.moves_to_follow}
    return await rulesets.snapshot(connection, active, began_under | heard_under, moving)


def _situation(journey: str, found: dict[str, Any]) -> Situation:
    events = tuple(_logged(row) for row in found["events"])
    effects = [effect_of(row) for row in (*found["effects"], *found["ended"])]
    others = [one for one in effects if one.state != "held"]
    read = events[-1].seq if events else 0
    last = max(found["cursor"], read)
    return Situation(
        journey=journey,
        subject=found["subject"],
        own=_own(found),
        subjects=subjects_of(
            found["subject"], found["order"], found["customer"], found["subjects"], around_of(found)
        ),
        events=events,
        more=(found["seq"] or 0) > last or any(seq > read for seq in found["again"]),
        waiting=tuple(Firing.from_json(row) for row in found["waiting"]),
        held=tuple(effect for effect in effects if effect.state == "held"),
        others=tuple(sorted(others, key=attrgetter("key"))),
        history=happenings_of(found["history"]),
        once=tuple(once_key_of(row) for row in found["once"]),
        openings=tuple(opening_of(row) for row in found["openings"]),
    )


def _own(found: dict[str, Any]) -> OwnState:
    moves = tuple(
        WaitMove(number, revision, datetime.fromisoformat(at))
        for number, revision, at in found["moves"]
    )
    return OwnState(found["facts"], found["cursor"], found["revision"], found["moved"], moves)


def _logged(row: dict[str, Any]) -> Logged:
    known_at = datetime.fromisoformat(row["known_at"])
    return Logged(row["seq"], Event.from_json(row["body"]), row["revision"], row["stale"], known_at)
