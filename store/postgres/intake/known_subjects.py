"""What the tables held before a batch of events: looked up before anything is locked, and once more
under the locks of every order and customer that the batch names.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from engine.catalog.catalog import OF_ORDER
from engine.catalog.values import instant
from engine.facts.events import Event, EventKey
from engine.facts.identity.aliases import Homes, ThingName, names_in, placed
from engine.facts.identity.persons import (
    MERGED,
    MERGED_FROM,
    Holders,
    guests_of,
    is_guest,
    person_at,
    stated_addresses,
)
from engine.facts.intake import customer_subject, order_subject
from engine.facts.naming import Naming
from store.postgres.sessions.pool import Connection
from store.postgres.sessions.transactions import Overtaken
from store.records.log_rows import Carrier, SubjectRow

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
        and customer is not null),
    (select coalesce(json_agg(json_build_array(id, coalesce(merged_into, id))), '[]')
     from subjects where id = any(%(people)s)),
    (select coalesce(json_agg(json_build_array(a.shop, a.address, a.customer_subject, a.until)
        order by a.customer_subject), '[]')
     from jsonb_to_recordset(%(addresses)s) as n(shop text, address text)
        join addresses a using (shop, address))
"""
# The orders of customers who may turn out to be somebody else: they are locked with them.
_ORDERS = "select id from subjects where customer = any(%s)"
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
     from events e join subjects s on s.id = e.order_subject
        and (s.customer is null or s.id = any(%(changing)s))
     where e.order_subject = any(%(subjects)s)),
    (select coalesce(json_agg(journey), '[]') from journeys where journey = any(%(journeys)s)),
    (select coalesce(json_agg(distinct journey), '[]') from effects
     where journey = any(%(journeys)s) and state = 'held'),
    (select coalesce(json_agg(json_build_array(shop, carrier, last_scan_at)), '[]') from carriers
     where shop = any(%(shops)s)),
    (select coalesce(json_agg(json_build_array(id, coalesce(merged_into, id))), '[]')
     from subjects where id = any(%(people)s)),
    (select coalesce(json_agg(json_build_array(a.shop, a.address, a.customer_subject, a.until)
        order by a.customer_subject), '[]')
     from jsonb_to_recordset(%(addresses)s) as n(shop text, address text)
        join addresses a using (shop, address)),
    (select coalesce(json_agg(json_build_array(id, customer) order by id), '[]')
     from subjects where customer = any(%(joining)s))
"""


@dataclass(slots=True)
class NamedSubjects:
    """NamedSubjects a batch names, as far as that is known before anything is locked.

    `locked` are the subjects to lock, ascending; `joining` customers who may turn out to be others,
    `changing` orders that may get another customer.
    """

    locked: list[str]
    joining: frozenset[str] = frozenset()
    changing: frozenset[str] = frozenset()


@dataclass(slots=True)
class LoadedSubjects:
    """What the tables held, under the locks; `store.records.log_rows.KnownSubjects`."""

    digests: dict[EventKey, str]
    things: dict[ThingName, dict[str, str]]
    stands: dict[str, str] = field(default_factory=dict)
    held: dict[tuple[str, str], dict[str, str | None]] = field(default_factory=dict)
    subjects: dict[str, SubjectRow] = field(default_factory=dict)
    orders: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    past: dict[str, list[Event]] = field(default_factory=lambda: defaultdict(list))
    changing: frozenset[str] = frozenset()
    running: frozenset[str] = frozenset()
    holding: frozenset[str] = frozenset()
    scans: dict[Carrier, datetime] = field(default_factory=dict)

    def digest_of(self, event: EventKey) -> str | None:
        """The digest of an event that has been accepted."""
        return self.digests.get(event)

    def homes(self, name: ThingName) -> Homes:
        """Who has a thing of this name."""
        return self.things.get(name, {})

    def subject(self, subject: str) -> SubjectRow:
        """Raises `Overtaken` for one that is not locked: its order got another customer since it
        was looked up.
        """
        if subject not in self.subjects:
            raise Overtaken(subject)
        return self.subjects[subject]

    def earlier(self, order: str) -> list[Event]:
        """Every event that names an order; raises `Overtaken` if they were not looked up."""
        if order not in self.changing and self.subject(order).customer(order):
            raise Overtaken(order)
        return self.past[order]

    def runs(self, journey: str) -> bool:
        """Whether a journey has ever been woken."""
        return journey in self.running

    def holds(self, journey: str) -> bool:
        """Whether a journey holds messages back."""
        return journey in self.holding

    def scanned_at(self, carrier: Carrier) -> datetime | None:
        """The newest scan of a carrier that is noted."""
        return self.scans.get(carrier)

    def stands_for(self, customer: str) -> str:
        """Who a customer turned out to be."""
        return self.stands.get(customer, customer)

    def holders(self, shop: str, address: str) -> Holders:
        """Who has, or had, an address, and until when."""
        return self.held.get((shop, address), {})

    def owned_by(self, customer: str) -> list[str]:
        """The orders of a customer who may turn out to be somebody else."""
        return self.orders[customer]

    def knows(self, subject: str) -> bool:
        """Whether there is a row of a subject, and it is locked."""
        return subject in self.subjects


async def read_and_lock(
    connection: Connection, events: Sequence[Event], naming: Naming
) -> tuple[LoadedSubjects, str | None, bool]:
    """What stands still under the locks of every order and customer that these events name, the
    active revision, and whether they name anybody new: else nothing is locked.
    """
    known, customers = await _look_up(connection, events, naming)
    whom = _named_by(events, known, customers, naming)
    if whom.joining:
        orders = await connection.rows(_ORDERS, (sorted(whom.joining),))
        whom.locked = sorted({*whom.locked, *(row[0] for row in orders)})
    if not whom.locked:
        return known, None, False
    return known, await _lock(connection, known, events, whom, naming), True


async def lock(connection: Connection, event: Event, naming: Naming) -> None:
    """Lock every order and customer that an event names, before anything else is locked; they may
    be new.
    """
    known, customers = await _look_up(connection, [event], naming)
    known.digests.clear()
    subjects = _named_by([event], known, customers, naming).locked
    await connection.execute(
        _MAKE_SUBJECTS, {"subjects": subjects, "empty": Jsonb(SubjectRow().facts)}
    )
    await connection.rows(_LOCK_SUBJECTS, {"subjects": subjects})


async def _look_up(
    connection: Connection, events: Sequence[Event], naming: Naming
) -> tuple[LoadedSubjects, dict[str, str]]:
    """What can be known before any lock is held, and the customers of the orders that are named."""
    asked = _parameters(events, naming) | {
        "orders": [order for event in events if (order := order_subject(event))]
    }
    row = await connection.row(_LOOK_UP, asked)
    assert row is not None
    known = LoadedSubjects(_digests(row[0]), _homes(row[1]), dict(row[3]), _held(row[4]))
    return known, dict(row[2])


def _named_by(
    events: Sequence[Event], known: LoadedSubjects, customers: dict[str, str], naming: Naming
) -> NamedSubjects:
    """NamedSubjects the new ones of these events name."""
    things = {name: dict(homes) for name, homes in known.things.items()}
    found, joining, changing = set[str](), set[str](), set[str]()
    for event in events:
        if event.key in known.digests:
            continue
        at_home = placed(event, lambda name: things.get(name, {}))
        order = order_subject(at_home)
        owner = customers.get(order) if order else None
        person = _person(at_home, known, naming, is_owned=owner is not None)
        joined = set(_may_join(event, person, known, naming))
        if order and owner and person and owner != person:
            changing.add(order)
            joined |= {owner} if is_guest(owner) else set()
        if order and person:
            customers[order] = person
        joining |= joined
        found |= {one for one in (order, owner, person, *joined) if one}
        for name in names_in(event):
            if home := order if name[1] in OF_ORDER and order else person:
                things.setdefault(name, {}).setdefault(home, event.things[name[1]])
    return NamedSubjects(sorted(found), frozenset(joining), frozenset(changing))


def _person(event: Event, known: LoadedSubjects, naming: Naming, *, is_owned: bool) -> str | None:
    """Which customer an event names, by an id or, where its order has none, by an address."""
    named = event.customer
    if named is None and not is_owned:
        named = person_at(event, known.holders, naming)
    person = customer_subject(event.shop, named)
    return known.stands_for(person) if person else None


def _may_join(
    event: Event, person: str | None, known: LoadedSubjects, naming: Naming
) -> Iterator[str]:
    """Customers who turn out to be this one, or might."""
    if person is None:
        return
    gone = event.data.get(MERGED_FROM) if event.type == MERGED else None
    if other := customer_subject(event.shop, gone):
        yield known.stands_for(other)
    if is_guest(person):
        return
    for guest in guests_of(event, naming):
        if guest in known.stands:
            yield known.stands_for(guest)
    for _, address in stated_addresses(event):
        yield from filter(is_guest, known.holders(event.shop, address))


async def _lock(
    connection: Connection,
    known: LoadedSubjects,
    events: Sequence[Event],
    whom: NamedSubjects,
    naming: Naming,
) -> str | None:
    """Lock the subjects, in the order of their ids, and read what stands still under the locks; the
    active revision.
    """
    asked = _parameters(events, naming) | {
        "subjects": whom.locked,
        "changing": sorted(whom.changing),
        "joining": sorted(whom.joining),
        "journeys": [naming.journey(subject) for subject in whom.locked],
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
    known.stands, known.held, known.changing = dict(row[7]), _held(row[8]), whom.changing
    for order, customer in row[9]:
        known.orders[customer].append(order)
    return str(row[0]) if row[0] else None


def _parameters(events: Sequence[Event], naming: Naming) -> dict[str, Any]:
    """What is looked up of events, before the locks and under them."""
    people = {
        one
        for event in events
        for one in (
            customer_subject(event.shop, event.customer),
            customer_subject(event.shop, event.data.get(MERGED_FROM)),
            *guests_of(event, naming),
        )
        if one
    }
    addresses = {
        (event.shop, address) for event in events for _, address in stated_addresses(event)
    }
    return {
        "events": _keys(events),
        "things": _names(events),
        "people": sorted(people),
        "addresses": Jsonb([{"shop": shop, "address": one} for shop, one in sorted(addresses)]),
    }


def _keys(events: Sequence[Event]) -> Jsonb:
    columns = ("shop", "source", "id")
    return Jsonb([dict(zip(columns, event.key, strict=True)) for event in events])


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


def _held(rows: list[list[str]]) -> dict[tuple[str, str], dict[str, str | None]]:
    found: dict[tuple[str, str], dict[str, str | None]] = defaultdict(dict)
    for shop, address, customer, until in rows:
        found[shop, address][customer] = instant(datetime.fromisoformat(until)) if until else None
    return found
