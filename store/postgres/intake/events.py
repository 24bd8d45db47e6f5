"""The log: a batch of events becomes rows in one transaction, under the locks of every order and
customer it names.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from engine.catalog.catalog import OF_ORDER
from engine.facts.aliases import Homes, ThingName, names_in, placed
from engine.facts.events import Event, EventKey
from engine.facts.intake import customer_subject, order_subject
from engine.facts.naming import Naming
from store.postgres.intake.addresses import hold
from store.postgres.intake.bounces import add_bounces
from store.postgres.intake.joins import join_things
from store.postgres.intake.unreached import ask_again
from store.postgres.rulesets import RulesetCache
from store.postgres.sessions.pool import Connection, Pool
from store.postgres.sessions.transactions import Overtaken, repeated, transaction
from store.records.acceptance import Accepted, Carrier, LogRow, SubjectRow, accept

_LOOK_UP = """
with named as (
    select t.shop, t.kind, t.thing, t.order_subject,
        coalesce(t.known_as, t.thing) as known_as, t.pos
    from jsonb_to_recordset(%(things)s) as n(shop text, kind text, thing text)
        join things t using (shop, kind, thing)
)
select
    (select coalesce(json_agg(json_build_array(e.shop, e.source, e.id, e.digest)), '[]')
     from jsonb_to_recordset(%(events)s) as n(shop text, source text, id text)
        join events e using (shop, source, id)),
    (select coalesce(json_agg(
        json_build_array(shop, kind, thing, order_subject, known_as) order by pos), '[]')
     from named),
    (select coalesce(json_agg(json_build_array(id, customer)), '[]') from subjects
     where id in (select unnest(%(orders)s::text[]) union select order_subject from named)
        and customer is not null)
"""

_MAKE_SUBJECTS = """
insert into subjects (id, facts) select unnest(%(subjects)s::text[]), %(empty)s
on conflict do nothing
"""
_LOCK_SUBJECTS = (
    "select id, seq, facts from subjects where id = any(%(subjects)s) order by id for update"
)

# Asked under the locks: what only changes under them.
_LOOK_AGAIN = """
select
    (select revision from activations order by number desc limit 1),
    (select coalesce(json_agg(json_build_array(e.shop, e.source, e.id, e.digest)), '[]')
     from jsonb_to_recordset(%(events)s) as n(shop text, source text, id text)
        join events e using (shop, source, id)),
    (select coalesce(json_agg(json_build_array(
            t.shop, t.kind, t.thing, t.order_subject, coalesce(t.known_as, t.thing))
        order by t.pos), '[]')
     from jsonb_to_recordset(%(things)s) as n(shop text, kind text, thing text)
        join things t using (shop, kind, thing)),
    (select coalesce(json_agg(json_build_array(e.order_subject, e.body) order by e.pos), '[]')
     from events e join subjects s on s.id = e.order_subject and s.customer is null
     where e.order_subject = any(%(subjects)s)),
    (select coalesce(json_agg(journey), '[]') from journeys where journey = any(%(journeys)s)),
    (select coalesce(json_agg(distinct journey), '[]') from effects
     where journey = any(%(journeys)s) and state = 'held'),
    (select coalesce(json_agg(json_build_array(shop, carrier, last_scan_at)), '[]') from carriers
     where shop = any(%(shops)s))
"""

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
        occurred_at, body, digest, revision, stale, wakes, known_at, conflicts)
    select source, id, subject, seq, order_subject, customer_subject, type,
        occurred_at, body, digest, revision, stale, wakes, known_at, conflicts
    from rows from (jsonb_to_recordset(%(log)s) as (source text, id text, subject text,
        seq bigint, order_subject text, customer_subject text, type text,
        occurred_at timestamptz, body jsonb, digest text, revision text, stale boolean,
        wakes boolean, known_at timestamptz, conflicts integer)) with ordinality as n
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

# What waits for a customer may be due at another moment; the order's own row may be new.
_MOVED = """
insert into nudges (journey, seq)
select j.journey, j.cursor from journeys j join subjects s on s.id = j.subject
where (s.id = any(%(customers)s) or s.customer = any(%(customers)s))
    and exists (select from waits w where w.journey = j.journey)
order by j.journey
on conflict (journey) do update set not_before_db = now(), tries = 0
"""

# The last of all locks and in one order, since every parcel of a carrier comes by here.
_SCANS = """
insert into carriers (shop, carrier, last_scan_at)
select * from jsonb_to_recordset(%s) as n(shop text, carrier text, last_scan_at timestamptz)
on conflict (shop, carrier) do update
set last_scan_at = greatest(carriers.last_scan_at, excluded.last_scan_at)
"""


@dataclass(slots=True)
class _Loaded:
    """What the tables held, under the locks; implements `store.records.acceptance.Known`."""

    digests: dict[EventKey, str]
    things: dict[ThingName, dict[str, str]]
    subjects: dict[str, SubjectRow] = field(default_factory=dict)
    past: dict[str, list[Event]] = field(default_factory=lambda: defaultdict(list))
    running: frozenset[str] = frozenset()
    holding: frozenset[str] = frozenset()
    scans: dict[Carrier, datetime] = field(default_factory=dict)

    def digest_of(self, event: EventKey) -> str | None:
        return self.digests.get(event)

    def homes(self, name: ThingName) -> Homes:
        return self.things.get(name, {})

    def subject(self, subject: str) -> SubjectRow:
        """Raises `Overtaken` for one that is not locked: its order got another customer since it
        was looked up.
        """
        if subject not in self.subjects:
            raise Overtaken(subject)
        return self.subjects[subject]

    def earlier(self, order: str) -> list[Event]:
        return self.past[order]

    def runs(self, journey: str) -> bool:
        return journey in self.running

    def holds(self, journey: str) -> bool:
        return journey in self.holding

    def scanned_at(self, carrier: Carrier) -> datetime | None:
        return self.scans.get(carrier)


@dataclass(frozen=True, slots=True)
class PostgresEventLog:
    """The log of a database; `store.ports.EventLog`."""

    pool: Pool
    compiled: RulesetCache
    naming: Naming

    async def ingest(self, events: Sequence[Event], now: datetime) -> list[str]:
        """Append events, fold them, note whom to wake; what became of each, in their order.

        Raises `InvalidEvent`, which names the index; then nothing of the batch is stored.
        """
        return await repeated(lambda: self._ingest(events, now))

    async def _ingest(self, events: Sequence[Event], now: datetime) -> list[str]:
        async with transaction(self.pool) as connection:
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
    known, customers = await _look_up(connection, events)
    locked = _subjects_named(events, known, customers)
    if locked:
        revision = await _lock(connection, known, events, locked, naming)
        ruleset = await rulesets.of(connection, revision)
    else:
        ruleset = await rulesets.active(connection)
    accepted = accept(events, known, ruleset, naming, now)
    await _write(connection, accepted, naming, now)
    return accepted.results


async def lock(connection: Connection, event: Event) -> None:
    """Lock every order and customer that an event names, before anything else is locked; they may
    be new.
    """
    known, customers = await _look_up(connection, [event])
    subjects = _subjects_named([event], _Loaded({}, known.things), customers)
    await connection.execute(
        _MAKE_SUBJECTS, {"subjects": subjects, "empty": Jsonb(SubjectRow().facts)}
    )
    await connection.rows(_LOCK_SUBJECTS, {"subjects": subjects})


async def _look_up(
    connection: Connection, events: Sequence[Event]
) -> tuple[_Loaded, dict[str, str]]:
    """What can be known before any lock is held, and the customers of the orders that are named."""
    asked = {
        "events": _keys(events),
        "things": _names(events),
        "orders": [order for event in events if (order := order_subject(event))],
    }
    row = await connection.row(_LOOK_UP, asked)
    assert row is not None
    return _Loaded(_digests(row[0]), _homes(row[1])), dict(row[2])


def _subjects_named(
    events: Sequence[Event], known: _Loaded, customers: dict[str, str]
) -> list[str]:
    """The ids of every order and customer that the new ones of these events change, ascending."""
    things, found = {name: dict(homes) for name, homes in known.things.items()}, set()
    for event in events:
        if event.key in known.digests:
            continue
        at_home = placed(event, lambda name: things.get(name, {}))
        order, customer = order_subject(at_home), customer_subject(event.shop, at_home.customer)
        if order:
            found |= {order, *([customers[order]] if order in customers else [])}
        if customer:
            found.add(customer)
        for name in names_in(event):
            if home := order if name[1] in OF_ORDER and order else customer:
                things.setdefault(name, {}).setdefault(home, event.things[name[1]])
    return sorted(found)


async def _lock(
    connection: Connection,
    known: _Loaded,
    events: Sequence[Event],
    locked: list[str],
    naming: Naming,
) -> str | None:
    """Lock the subjects, in the order of their ids, and read what stands still under the locks; the
    active revision.
    """
    asked: dict[str, Any] = {
        "events": _keys(events),
        "things": _names(events),
        "subjects": locked,
        "journeys": [naming.journey(subject) for subject in locked],
        "shops": sorted({event.shop for event in events if event.type.startswith("shipment.")}),
        "empty": Jsonb(SubjectRow().facts),
    }
    await connection.execute(_MAKE_SUBJECTS, asked)
    rows = await connection.execute(_LOCK_SUBJECTS, asked)
    row = await connection.row(_LOOK_AGAIN, asked)
    known.subjects = {row[0]: SubjectRow(row[2], row[1]) for row in await rows.fetchall()}
    assert row is not None
    known.digests, known.things = _digests(row[1]), _homes(row[2])
    for order, body in row[3]:
        known.past[order].append(Event.from_json(body))
    known.running, known.holding = frozenset(row[4]), frozenset(row[5])
    known.scans = {(shop, carrier): datetime.fromisoformat(at) for shop, carrier, at in row[6]}
    return str(row[0]) if row[0] else None


async def _write(connection: Connection, accepted: Accepted, naming: Naming, now: datetime) -> None:
    for join in accepted.joins:
        await join_things(connection, join, accepted, naming)
    for order, customer in accepted.links.items():
        await connection.execute(_LINK, (customer, order))
        await connection.execute(_LINK_SILENCES, (customer, order))
    rows = {
        "subjects": [
            {"id": name, "seq": row.seq, "facts": row.facts, "customer": row.customer(name)}
            for name, row in accepted.subjects.items()
        ],
        "log": [_log_row(row) for row in accepted.log.values()],
        "things": [
            {"shop": shop, "kind": kind, "thing": thing, "order_subject": home, "known_as": known}
            for (shop, kind, thing), homes in accepted.things.items()
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
    if any(rows.values()):
        await connection.execute(_WRITE, asked)
    if accepted.moved:
        await connection.execute(_MOVED, {"customers": sorted(accepted.moved)})
    await hold(connection, accepted.contacts.held)
    await add_bounces(connection, accepted.contacts.bounces)
    await ask_again(connection, accepted.contacts.reached, naming, now)
    if scans := sorted(accepted.scans.items()):
        noted = [
            {"shop": shop, "carrier": name, "last_scan_at": at.isoformat()}
            for (shop, name), at in scans
        ]
        await connection.execute(_SCANS, (Jsonb(noted),))


def _log_row(row: LogRow) -> dict[str, Any]:
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
    }


def _key(event: EventKey) -> dict[str, str]:
    return dict(zip(("shop", "source", "id"), event, strict=True))


def _keys(events: Sequence[Event]) -> Jsonb:
    return Jsonb([_key(event.key) for event in events])


def _names(events: Sequence[Event]) -> Jsonb:
    """Every name of a thing; each once, or two would stand for it."""
    names = dict.fromkeys(name for event in events for name in names_in(event))
    return Jsonb([dict(zip(("shop", "kind", "thing"), name, strict=True)) for name in names])


def _digests(rows: list[list[str]]) -> dict[EventKey, str]:
    return {(shop, source, event): found or "" for shop, source, event, found in rows}


def _homes(rows: list[list[str]]) -> dict[ThingName, dict[str, str]]:
    found: dict[ThingName, dict[str, str]] = defaultdict(dict)
    for shop, kind, thing, home, known_as in rows:
        found[shop, kind, thing][home] = known_as
    return found
