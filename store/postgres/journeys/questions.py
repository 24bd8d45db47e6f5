"""The question of an attempt: one effect and everything that may speak against it, read as one
snapshot.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from engine.catalog.values import instant
from engine.decisions.call_results import with_results_of_others
from engine.decisions.effects import ActionCall
from engine.facts.contacts.bounces import Bounce, dead_among
from engine.facts.contacts.readers import Reader
from engine.rules.lookbacks import Lookbacks
from engine.rules.ruleset import Ruleset
from engine.sending.gates import Sent
from engine.sending.question import MessageQuestion, Question, posed
from engine.sending.sights import lookbacks_for_question
from store.postgres.journeys.effect_rows import (
    around_of,
    call_of,
    effect_of,
    happenings_of,
    message_of,
    moment,
    silence_of,
)
from store.postgres.journeys.lookback_rows import lookback_params
from store.postgres.rulesets import RulesetCache
from store.postgres.sessions.pool import Connection
from store.postgres.sessions.transactions import Overtaken
from store.records.subjects import capped, subjects_of, with_others

# An attempt weighs the customer's messages against each other, so it is alone with the customer and
# whoever else is read at the address; with the order while nobody knows whose it is.
_LOCK_ONE = """
with w as materialized (select * from effect_subjects where key = %(key)s)
select s.id from subjects s
where s.id in (
    select coalesce(customer_subject, order_subject) from w union all
    select r.customer_subject from w, readers_of(w.shop, w.order_subject, w.customer_subject) r)
order by s.id for update of s
"""
_LOCK_ALL = """
with w as materialized (select * from effect_subjects where key = %(key)s)
select s.id from subjects s
where s.id in (
    select customer_subject from w union all select order_subject from w union all
    select r.customer_subject from w, readers_of(w.shop, w.order_subject, w.customer_subject) r
    union all
    select c.order_subject from effects c join effects e on c.key = any(e.carries)
    where e.key = %(key)s)
order by s.id for share of s
"""

# Not in the text of the query: the planner would find them by an index of all that is open,
# whosever it is.
_WAITING = ["wanted", "held"]
# Messages of capped categories are weighed against the others that wait; a digest has those it
# carries with it, whatever has become of its category or its customer since. What happens to an
# order that has another customer by now is none of the question's.
_LOAD = """
with whose as (select * from effect_subjects where key = %(key)s), mine as (
    select e.key, e.carries, e.category = any(%(capped)s) as is_weighed from effects e
    where e.key = %(key)s
), others as (
    select e.*, false as is_carried from effects e, mine, whose
    where mine.is_weighed and e.customer_subject = whose.customer_subject and e.key <> mine.key
        and e.kind = 'send' and e.state = any(%(waiting)s)
    union all
    select e.*, true from effects e, mine where e.key = any(mine.carries)
), asked as (
    select e.order_subject, e.journey, e.firing, true as is_theirs
    from effects e where e.key = %(key)s
    union all
    select e.order_subject, e.journey, e.firing, exists (
        select from subjects s, whose
        where s.id = e.order_subject and s.customer = whose.customer_subject)
    from others e
), sight as (
    select coalesce(array_agg(distinct order_subject)
            filter (where order_subject is not null and is_theirs), '{}') as orders,
        case when bool_and(journey like 'order:%%') then 'order'
            when bool_or(journey like 'order:%%') then 'both' else 'customer' end as kind,
        min((firing->>'event_at')::timestamptz) as begun,
        least((
            select since from whose,
                silent_since(whose.order_subject, whose.customer_subject, %(now)s) since
        ), (
            select min(s.starts_at) from suppressions s
            where s.order_subject in (select order_subject from others)
                and (not s.across_customer or s.customer_subject is null)
                and s.starts_at <= %(now)s and %(now)s < s.ends_at)) as silent
    from asked
)
select json_build_object(
    'effect', (select to_json(e) from effects e where e.key = whose.key),
    'is_over', (select e.data_until_db < now() from effects e where e.key = whose.key),
    'has_left', exists (
        select from left_before
        where identity = left(encode(sha256(convert_to(whose.key, 'UTF8')), 'hex'), 32)),
    'subject', subject, 'order', order_subject, 'customer', customer_subject,
    'active', (select revision from activations order by number desc limit 1),
    'subjects', (
        select coalesce(json_object_agg(id, facts), '{}') from subjects
        where id in (whose.order_subject, whose.customer_subject)),
    'history', (select seen.* from sight, history_seen(sight.orders, customer_subject, %(watched)s,
        %(lookbacks)s::jsonb -> sight.kind, %(now)s, sight.begun, sight.silent) seen),
    'silences', (select * from silences_over(order_subject, customer_subject)),
    'scans', (select * from scans_named(shop,
        array(select order_subject from others) || array[order_subject, customer_subject])),
    'their_silences', (
        select coalesce(json_agg(s), '[]') from suppressions s
        where s.order_subject in (select order_subject from others)
            and s.order_subject is distinct from whose.order_subject
            and (not s.across_customer or s.customer_subject is null)),
    'sent', (
        select coalesce(json_agg(json_build_array(e.category, e.settled_at)), '[]')
        from effects e
        where e.customer_subject = whose.customer_subject and e.key <> whose.key
            and e.category is not null and e.state in ('claimed', 'data', 'sent', 'uncertain')
            and (select is_weighed from mine)),
    'others', (
        select coalesce(json_agg(json_build_array(to_json(e), o.facts) order by e.key), '[]')
        from others e left join subjects o on o.id = e.order_subject),
    'calls', (
        select coalesce(json_agg(to_json(c)), '[]')
        from effects c join effects e on e.key = whose.key
        where c.journey = e.journey and c.rule_id = e.rule_id and c.occurrence = e.occurrence
            and c.kind = 'call' and (e.kind = 'send' or e.awaits <> '{}')),
    'done_by_others', (
        select coalesce(json_agg(to_json(d)), '[]')
        from effects c join effects e on e.key = whose.key join effects d on d.key = c.reason_by
        where c.journey = e.journey and c.rule_id = e.rule_id and c.occurrence = e.occurrence
            and c.kind = 'call' and (e.kind = 'send' or e.awaits <> '{}')
            and c.reason = 'already_done' and d.kind = 'call'),
    'spoken', (
        select coalesce(json_object_agg(m.key, m.revision), '{}')
        from effects m join effects e on e.key = whose.key
        where m.journey = e.journey and m.rule_id = e.rule_id and m.occurrence = e.occurrence
            and m.kind = 'send' and e.kind = 'send' and m.key <> e.key
            and m.state in ('claimed', 'data', 'sent', 'uncertain')),
    'same', (
        select coalesce(json_agg(to_json(c)), '[]')
        from effects c join effects e on e.key = whose.key
        where e.kind = 'call' and c.kind = 'call' and c.name = e.name and c.key <> e.key
            and c.state in ('claimed', 'done')
            and (c.customer_subject = whose.customer_subject or c.journey = e.journey)),
    'readers', (
        select coalesce(json_agg(json_build_object(
            'customer', r.customer_subject, 'addresses', r.addresses, 'facts', s.facts,
            'silences', (select * from silences_over(null, r.customer_subject)),
            'history', (select seen.* from silent_since(null, r.customer_subject, %(now)s) since,
                history_seen('{}', r.customer_subject, %(watched)s,
                    %(lookbacks)s::jsonb -> 'reader', %(now)s, null, since) seen),
            'sent', (
                select coalesce(json_agg(json_build_array(e.category, e.settled_at)), '[]')
                from effects e
                where e.customer_subject = r.customer_subject and e.category is not null
                    and e.state in ('claimed', 'data', 'sent', 'uncertain')
                    and (select is_weighed from mine))) order by r.customer_subject), '[]')
        from readers_of(shop, order_subject, customer_subject) r
            join subjects s on s.id = r.customer_subject),
    'bounces', (
        select coalesce(json_agg(json_build_array(address, kind, at)), '[]') from (
            with stated as materialized (
                select address, read_at(address) as spelled
                from addresses_stated(order_subject, customer_subject) address)
            select address, kind, at from bounces where address in (select spelled from stated)
            union
            select read_at(address), 'hard', since from dead_addresses
            where address in (select address from stated)) back)
) from whose
"""


@dataclass(frozen=True, slots=True)
class LeasedQuestion:
    """A question, whether the lease of a message that is leaving has run out, and whether somebody
    has noted that it left before the database was restored.
    """

    question: Question
    is_over: bool
    has_left: bool


@dataclass(frozen=True, slots=True)
class AskedEffect:
    """An effect by its key, the moment at which it is asked about, and the channels there are."""

    key: str
    now: datetime
    channels: frozenset[str]


async def load_question(
    connection: Connection, rulesets: RulesetCache, asked: AskedEffect, *, alone: bool
) -> LeasedQuestion:
    """Lock whom the effect concerns, then read its question.

    `alone` locks the customer against every other attempt, else customer and order are kept from
    changing. Raises KeyError if there is no such effect, `Overtaken` if its customer became another
    one while the lock was awaited.
    """
    latest = rulesets.latest or await rulesets.active(connection)
    lock = await connection.execute(_LOCK_ONE if alone else _LOCK_ALL, {"key": asked.key})
    read_for, lookbacks = latest, latest.lookbacks
    found = await _read(connection, asked, read_for, lookbacks)
    _check_locked({row[0] for row in await lock.fetchall()}, found, alone=alone)
    while True:
        active = await rulesets.of(connection, found["active"])
        question = await _question(connection, rulesets, active, asked.channels, found)
        needed = lookbacks_for_question(question, asked.now)
        if active.revision == read_for.revision and needed == lookbacks:
            return LeasedQuestion(question, bool(found["is_over"]), found["has_left"])
        # The rules are others by now, or what was pinned, or a silence, looks further.
        read_for, lookbacks = active, needed
        found = await _read(connection, asked, read_for, lookbacks)


async def _read(
    connection: Connection, asked: AskedEffect, ruleset: Ruleset, lookbacks: Lookbacks
) -> dict[str, Any]:
    row = await connection.row(
        _LOAD,
        {
            "key": asked.key,
            "now": asked.now,
            "capped": capped(ruleset),
            "waiting": _WAITING,
            **lookback_params(lookbacks),
        },
    )
    if row is None:
        raise KeyError(asked.key)
    found: dict[str, Any] = row[0]
    return found


def _siblings(found: dict[str, Any]) -> dict[str, ActionCall]:
    """The calls of the same firing by key, and of a call those of the same action."""
    own, others, same = (
        {row["key"]: call_of(row) for row in found[kind]}
        for kind in ("calls", "done_by_others", "same")
    )
    return with_results_of_others(own, others) | same


def _check_locked(locked: set[str], found: dict[str, Any], *, alone: bool) -> None:
    customer, order = found["customer"], found["order"]
    needed = {customer or order} if alone else {one for one in (customer, order) if one}
    if not needed <= locked:
        raise Overtaken(found["effect"]["key"])


async def _question(
    connection: Connection,
    rulesets: RulesetCache,
    active: Ruleset,
    channels: frozenset[str],
    found: dict[str, Any],
) -> Question:
    effect = effect_of(found["effect"]).now(customer=found["customer"])
    others = [(message_of(row), facts, row["is_carried"]) for row, facts in found["others"]]
    named = {effect.firing.revision, *(other.firing.revision for other, _, _ in others)}
    revisions = await rulesets.all_of(connection, named)
    around = around_of(found)
    subjects = subjects_of(
        found["subject"], found["order"], found["customer"], found["subjects"], around
    )
    question = posed(
        effect,
        active,
        revisions.get(effect.firing.revision),
        subjects,
        history=happenings_of(found["history"]),
        silences=(*around.silences, *(silence_of(row) for row in found["their_silences"])),
        sent=tuple(_sent(row) for row in found["sent"]),
        siblings=_siblings(found),
        channels=channels,
        dead=dead_among(
            Bounce(address, kind, datetime.fromisoformat(at))
            for address, kind, at in found["bounces"]
        ),
    )
    if not isinstance(question, MessageQuestion):
        return question
    told = [
        (is_carried, (one, revisions.get(one.firing.revision), facts))
        for one, facts, is_carried in others
    ]
    readers = tuple(map(_reader, found["readers"]))
    question = replace(question, readers=readers, spoken=found["spoken"])
    rivals = [other for is_carried, other in told if not is_carried]
    return with_others(question, rivals, [other for is_carried, other in told if is_carried])


def _reader(row: dict[str, Any]) -> Reader:
    """Another customer who is read where the message may go."""
    return Reader(
        row["customer"],
        {address: _spelled(until) for address, until in row["addresses"].items()},
        row["facts"],
        tuple(silence_of(silence) for silence in row["silences"]),
        happenings_of(row["history"]),
        tuple((category, moment(at)) for category, at in row["sent"]),
    )


def _spelled(until: str | None) -> str | None:
    return instant(datetime.fromisoformat(until)) if until else None


def _sent(row: list[Any]) -> Sent:
    category, settled_at = row
    return Sent(category, moment(settled_at))
