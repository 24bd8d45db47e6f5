"""The log: a batch of events becomes rows in one transaction, under the locks of every order and
customer it names.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.errors import ProgramLimitExceeded
from psycopg.types.json import Jsonb

from engine.facts.events import Event, EventKey, InvalidEvent
from engine.facts.naming import Naming
from engine.rules.ruleset import Ruleset
from store.postgres.intake.addresses import hold
from store.postgres.intake.bounces import add_bounces
from store.postgres.intake.early_events import keep, take_out
from store.postgres.intake.joins import JoinMoment, join_things
from store.postgres.intake.known_subjects import read_and_lock
from store.postgres.intake.people import change_people
from store.postgres.intake.set_aside import set_aside
from store.postgres.intake.unreached import ask_again
from store.postgres.rulesets import RulesetCache
from store.postgres.sessions.pool import Connection, Pool
from store.postgres.sessions.transactions import repeated, transaction
from store.records.acceptance import accept
from store.records.log_rows import Accepted, EarlyEvent, LogRow, SubjectRow

# Who waits for a lock keeps a session, and whoever shares the transaction, from everything else.
_SOON = "set local lock_timeout = '300ms'"
_LOCKED = """
with free as (select id from subjects where id = any(%(ids)s) order by id for update skip locked)
select id from subjects where id = any(%(ids)s) and id not in (select id from free) order by id
"""
# Seconds for an answer: of a few events, and more for each of them.
_ANSWERED_WITHIN, _EACH = 2.5, 0.01
_LINK = (
    "update events set customer_subject = %s where order_subject = %s and customer_subject is null"
)
# A silence that was decided before anybody knew the customer covers that customer from now on.
_LINK_SILENCES = """
update suppressions set customer_subject = %s
where order_subject = %s and across_customer and customer_subject is null
"""
_WRITE = """
with folded as (
    update subjects s set seq = n.seq, facts = n.facts, customer = n.customer
    from jsonb_to_recordset(%(subjects)s) as n(id text, seq bigint, facts jsonb, customer text)
    where s.id = n.id
), appended as (
    insert into events (source, id, subject, seq, order_subject, customer_subject, type,
        occurred_at, body, digest, revision, stale, wakes, known_at, conflicts, arrived_at, arrival)
    select source, id, subject, seq, order_subject, customer_subject, type,
        occurred_at, body, digest, revision, stale, wakes, known_at, conflicts, arrived_at, arrival
    from rows from (jsonb_to_recordset(%(log)s) as (source text, id text, subject text,
        seq bigint, order_subject text, customer_subject text, type text,
        occurred_at timestamptz, body jsonb, digest text, revision text, stale boolean,
        wakes boolean, known_at timestamptz, conflicts integer, arrived_at timestamptz,
        arrival bigint)) with ordinality as n
    order by ordinality
), named as (
    insert into things (shop, kind, thing, order_subject, known_as)
    select shop, kind, thing, order_subject, known_as
    from rows from (jsonb_to_recordset(%(things)s) as (shop text, kind text, thing text,
        order_subject text, known_as text)) with ordinality as n
    order by ordinality
    on conflict (thing, kind, shop, order_subject) do update set known_as = excluded.known_as
), woken as (
    insert into journeys (journey, subject, facts)
    select journey, subject, %(empty)s
    from jsonb_to_recordset(%(woken)s) as n(journey text, subject text)
    on conflict do nothing
), refused as (
    insert into quarantine (shop, source, id, error)
    select * from jsonb_to_recordset(%(quarantined)s)
        as n(shop text, source text, id text, error text)
), counted as (
    update events e set conflicts = e.conflicts + n.times
    from jsonb_to_recordset(%(conflicts)s) as n(shop text, source text, id text, times integer)
    where e.shop = n.shop and e.source = n.source and e.id = n.id
)
insert into nudges (journey, seq)
select * from jsonb_to_recordset(%(woken)s) as n(journey text, seq bigint)
on conflict (journey) do update set seq = excluded.seq, not_before_db = now(), tries = 0
"""
# Of customers and orders, and of the customers' orders, those journeys of which something holds.
_NUDGE_THEIRS = """
insert into nudges (journey, seq)
select j.journey, j.cursor
from (
    select id from subjects where id = any(%(subjects)s)
    union
    select id from subjects where customer = any(%(subjects)s)
) s join journeys j on j.subject = s.id
where of_which_holds
order by j.journey
on conflict (journey) do update set not_before_db = now(), tries = 0
"""
# What a breaker holds, in the journeys of those of whom there is news; nothing is looked for while
# no breaker holds anything.
_LET_GO = _NUDGE_THEIRS.replace(
    "of_which_holds",
    """
    (select exists (select from waits where firing ->> 'again_at' is not null)
        or exists (select from effects where state = 'held' and reason = 'breaker'))
    and (exists (select from waits w
            where w.journey = j.journey and w.firing ->> 'again_at' is not null)
        or exists (select from effects e
            where e.journey = j.journey and e.state = 'held' and e.reason = 'breaker'))
    """,
)
# What waits for a customer may be due at another moment; the order's own row may be new.
_MOVED = _NUDGE_THEIRS.replace(
    "of_which_holds",
    """
    exists (select from waits w where w.journey = j.journey)
    or exists (select from effects e
        where e.journey = j.journey and e.state = 'held' and e.reason is null)
    """,
)

# The last of all locks and in one order, since every parcel of a carrier comes by here.
_SCANS = """
insert into carriers (shop, carrier, last_scan_at)
select * from jsonb_to_recordset(%s) as n(shop text, carrier text, last_scan_at timestamptz)
on conflict (shop, carrier) do update
set last_scan_at = greatest(carriers.last_scan_at, excluded.last_scan_at)
"""


@dataclass(frozen=True, slots=True)
class PostgresEventLog:
    """The log of a database; `store.ports.EventLog`."""

    pool: Pool
    compiled: RulesetCache
    naming: Naming

    async def ingest(self, events: Sequence[Event], now: datetime) -> list[str]:
        """Append events, fold them, note whom to wake; what became of each, in their order.

        Raises `InvalidEvent`, which names the index, or `LockNotAvailable` soon where somebody has
        locked whom they name; then nothing of the batch is stored.
        """
        try:
            return await repeated(lambda: self._ingest(events, now))
        except ProgramLimitExceeded:  # told to try again, its sender would, for ever
            raise InvalidEvent("event", "holds more than can be kept") from None

    async def locked(self, subjects: Sequence[str]) -> list[str]:
        """Which of these orders and customers somebody has locked at this moment; waits for none
        of them.
        """
        async with self.pool.connection() as connection:
            return [row[0] for row in await connection.rows(_LOCKED, {"ids": list(subjects)})]

    async def set_aside(self, events: Sequence[Event], why: str) -> list[str]:
        """Keep events of which nothing may follow, for a person to see."""
        return await repeated(lambda: set_aside(self.pool, events, why))

    async def _ingest(self, events: Sequence[Event], now: datetime) -> list[str]:
        async with transaction(self.pool) as connection:
            connection.answered_within = _ANSWERED_WITHIN + _EACH * len(events)
            await connection.execute(_SOON)
            return await append(connection, self.compiled, self.naming, events, now)


async def append(
    connection: Connection,
    rulesets: RulesetCache,
    naming: Naming,
    events: Sequence[Event],
    now: datetime,
) -> list[str]:
    """As `PostgresEventLog.ingest`, within a transaction that has locked nothing yet, or by `lock`
    only.
    """
    known, revision, is_locked = await read_and_lock(connection, events, naming)
    ruleset = await (
        rulesets.of(connection, revision) if is_locked else rulesets.active(connection)
    )
    accepted = accept(events, known, ruleset, naming, now)
    await _write(connection, accepted, ruleset, naming, now)
    return accepted.results


async def _write(
    connection: Connection, accepted: Accepted, ruleset: Ruleset, naming: Naming, now: datetime
) -> None:
    moment = JoinMoment(naming, now)
    await change_people(connection, accepted, moment)
    for join in accepted.names.joins:
        await join_things(connection, join, accepted, moment)
    for order, customer in accepted.links.items():
        await connection.execute(_LINK, (customer, order))
        await connection.execute(_LINK_SILENCES, (customer, order))
    rows = {
        "subjects": [
            {"id": name, "seq": row.seq, "facts": row.facts, "customer": row.customer(name)}
            for name, row in accepted.subjects.items()
        ],
        "log": [_log_row(row, accepted.early.placed.get(key)) for key, row in accepted.log.items()],
        "things": [
            {"shop": shop, "kind": kind, "thing": thing, "order_subject": home, "known_as": known}
            for (shop, kind, thing), homes in accepted.names.things.items()
            for home, known in homes.items()
        ],
        "woken": [
            {"journey": journey, "subject": subject, "seq": seq}
            for journey, (subject, seq) in sorted(accepted.nudges.items())
        ],
        "quarantined": [{**_key(key), "error": why} for key, why in accepted.quarantined],
        "conflicts": [
            {**_key(key), "times": times}
            for key, times in sorted(Counter(accepted.conflicts).items())
        ],
    }
    asked = {name: Jsonb(some) for name, some in rows.items()} | {
        "empty": Jsonb(SubjectRow().facts)
    }
    await take_out(connection, accepted.early)
    if any(rows.values()):
        await connection.execute(_WRITE, asked)
    await keep(connection, accepted.early)
    if accepted.moved:
        await connection.execute(_MOVED, {"subjects": sorted(accepted.moved)})
    if accepted.subjects and ruleset.policies.breakers:
        await connection.execute(_LET_GO, {"subjects": sorted(accepted.subjects)})
    await hold(connection, accepted.contacts.held)
    await add_bounces(connection, accepted.contacts.bounces)
    await ask_again(connection, accepted.contacts.reached, naming, now)
    await _note_scans(connection, accepted)


async def _note_scans(connection: Connection, accepted: Accepted) -> None:
    if scans := sorted(accepted.scans.items()):
        noted = [
            {"shop": shop, "carrier": name, "last_scan_at": at.isoformat()}
            for (shop, name), at in scans
        ]
        await connection.execute(_SCANS, (Jsonb(noted),))


def _log_row(row: LogRow, early: EarlyEvent | None) -> dict[str, Any]:
    event = row.event
    same = (
        "subject",
        "seq",
        "order_subject",
        "customer_subject",
        "digest",
        "revision",
        "stale",
        "wakes",
        "conflicts",
    )
    return {name: getattr(row, name) for name in same} | {
        "source": event.source,
        "id": event.id,
        "type": event.type,
        "occurred_at": event.occurred_at.isoformat(),
        "body": event.to_json(),
        "known_at": row.known_at.isoformat(),
        "arrived_at": early.arrived_at.isoformat() if early else None,
        "arrival": early.arrival if early else None,
    }


def _key(event: EventKey) -> dict[str, str]:
    return dict(zip(("shop", "source", "id"), event, strict=True))
