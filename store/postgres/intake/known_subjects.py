"""What the tables held before a batch of events: looked up before anything is locked, and once more
under the locks of every order and customer that the batch names.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from engine.catalog.catalog import OF_ORDER
from engine.facts.event_times import is_of_our_pages
from engine.facts.events import Event
from engine.facts.identity.aliases import Homes, KnownHomes, ThingName, names_in, placed
from engine.facts.identity.person_names import every_name, person_names, person_of
from engine.facts.identity.persons import (
    MERGED,
    MERGED_FROM,
    guests_of,
    is_guest,
    stated_addresses,
)
from engine.facts.intake import customer_subject, order_subject
from engine.facts.naming import Naming
from store.postgres.intake.addresses import held_beside, held_in
from store.postgres.intake.early_events import early_events, lock_names
from store.postgres.intake.loaded_subjects import LoadedSubjects, digests_in, homes_in, past_in
from store.postgres.sessions.pool import Connection
from store.records.log_rows import EarlyEvent, SubjectRow

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

# Asked under the locks: what only changes under them, and the events that wait under names of
# things, for an address of customers, or under names of those who may be one, as they came.
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
    (select coalesce(json_agg(json_build_array(c.shop, c.carrier, c.last_scan_at)), '[]')
     from (
        select shop, carrier
        from jsonb_to_recordset(%(carriers)s) as n(shop text, carrier text)
        union
        select shop_of(s.id), parcel.value #>> '{facts,shipment.carrier,0}'
        from subjects s, jsonb_each(s.facts #> '{things,shipment}') parcel
        where s.id = any(%(subjects)s) and jsonb_array_length(%(carriers)s) > 0
     ) n join carriers c
        on c.shop = n.shop collate "default" and c.carrier = n.carrier collate "C"),
    (select coalesce(json_agg(json_build_array(id, coalesce(merged_into, id))), '[]')
     from subjects where id = any(%(people)s)),
    (select coalesce(json_agg(json_build_array(a.shop, a.address, a.customer_subject, a.until)
        order by a.customer_subject), '[]')
     from jsonb_to_recordset(%(addresses)s) as n(shop text, address text)
        join addresses a using (shop, address)),
    (select coalesce(json_agg(json_build_array(id, customer) order by id), '[]')
     from subjects where customer = any(%(joining)s)),
    (select coalesce(json_agg(json_build_array(e.body, e.known_at, e.pos, e.conflicts)
        order by e.pos), '[]')
     from events e where (e.shop, e.source, e.id) in (
        select u.shop, u.source, u.id
        from jsonb_to_recordset(%(things)s) as n(shop text, kind text, thing text)
            join unplaced u on (u.shop, u.kind, u.name) = (n.shop, n.kind, n.thing)
        union
        select u.shop, u.source, u.id
        from addresses a
            join unplaced u on (u.shop, u.kind, u.name) = (a.shop, 'customer', a.address)
        where a.customer_subject = any(%(subjects)s)
        union
        select u.shop, u.source, u.id
        from things t join unplaced u on (u.shop, u.kind, u.name) = (t.shop, t.kind, t.thing)
        where t.order_subject = any(%(joining)s)))
"""


@dataclass(slots=True)
class NamedSubjects:
    """Whom a batch names, as far as that is known before anything is locked.

    `locked` are the subjects to lock, ascending; `joining` customers who may turn out to be others,
    `changing` orders that may get another customer, `speaking` the customers of our own pages.
    """

    locked: list[str]
    joining: frozenset[str] = frozenset()
    changing: frozenset[str] = frozenset()
    speaking: frozenset[str] = frozenset()


async def read_and_lock(
    connection: Connection, events: Sequence[Event], naming: Naming
) -> tuple[LoadedSubjects, str | None, bool]:
    """What stands still under the locks of every order and customer that these events name, the
    active revision, and whether they name anybody new: else nothing is locked.

    What came too early for a name that is told now is locked for, and read, with them.
    """
    known, customers = await _look_up(connection, events, naming)
    told, awaited = _unknown_names(events, known, naming)
    await lock_names(connection, told, awaited)
    if awaited:
        known, customers = await _look_up(connection, events, naming)
    revision = await _locked(connection, events, (known, customers), naming)
    early: list[EarlyEvent] = []
    while len(known.early) > len(early):
        early = known.early
        waiting = [one.event for one in early]
        await lock_names(connection, [name for one in waiting for name in every_name(one)])
        known, customers = await _look_up(connection, [*events, *waiting], naming)
        known.early = early
        revision = await _locked(connection, events, (known, customers), naming)
    return known, revision, bool(known.subjects)


async def _locked(
    connection: Connection,
    events: Sequence[Event],
    looked_up: tuple[LoadedSubjects, dict[str, str]],
    naming: Naming,
) -> str | None:
    """Lock whom these events name, and what waits for them; the active revision, None where they
    name nobody new.
    """
    known, customers = looked_up
    waiting = [one.event for one in known.early]
    whom = _named_by([*_new_ones(events, known), *waiting], known, customers, naming)
    if whom.joining:
        orders = await connection.rows(_ORDERS, (sorted(whom.joining),))
        whom.locked = sorted({*whom.locked, *(row[0] for row in orders)})
    if not whom.locked:
        return None
    whom.speaking = _speaking(events, known, customers)
    if whom.speaking:
        beside = {one for held in known.held.values() for one in held}
        whom.locked = sorted({*whom.locked, *beside})
    return await _lock(connection, known, [*events, *waiting], whom, naming)


def _new_ones(events: Sequence[Event], known: LoadedSubjects) -> list[Event]:
    return [event for event in events if event.key not in known.digests]


def _unknown_names(
    events: Sequence[Event], known: LoadedSubjects, naming: Naming
) -> tuple[list[ThingName], list[ThingName]]:
    """The names that nobody has told of before: of events that tell of them, and of those that come
    too early for them.
    """
    told, awaited = list[ThingName](), list[ThingName]()
    for event in _new_ones(events, known):
        names = [name for name in every_name(event) if name not in known.things]
        at_home = placed(event, known.homes)
        is_owned = at_home.order is not None
        person = _person(at_home, known, known.homes, naming, is_owned=is_owned)
        (told if at_home.order or person else awaited).extend(names)
    return told, awaited


async def lock(connection: Connection, event: Event, naming: Naming) -> None:
    """Lock every order and customer that an event names, before anything else is locked; they may
    be new.
    """
    known, customers = await _look_up(connection, [event], naming)
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
    known = LoadedSubjects(digests_in(row[0]), homes_in(row[1]), dict(row[3]), held_in(row[4]))
    known.held |= await held_beside(connection, _speaking(events, known, dict(row[2])))
    return known, dict(row[2])


def _speaking(
    events: Sequence[Event], known: LoadedSubjects, customers: dict[str, str]
) -> frozenset[str]:
    """The customers who speak by our own pages."""
    ours = [event for event in events if is_of_our_pages(event)]
    people = [
        customer_subject(event.shop, event.customer) or customers.get(order_subject(event) or "")
        for event in ours
    ]
    return frozenset(known.stands_for(person) for person in people if person)


def _named_by(
    events: Sequence[Event], known: LoadedSubjects, customers: dict[str, str], naming: Naming
) -> NamedSubjects:
    """Whom these events name, or might."""
    things = {name: dict(homes) for name, homes in known.things.items()}
    found, joining, changing = set[str](), set[str](), set[str]()

    def homes(name: ThingName) -> Homes:
        return things.get(name, {})

    for event in events:
        at_home = placed(event, homes)
        order = order_subject(at_home)
        owner = customers.get(order) if order else None
        person = _person(at_home, known, homes, naming, is_owned=owner is not None)
        having = {one for name in person_names(event) for one in homes(name)}
        joined = set(_may_join(event, person, known, naming)) | set(filter(is_guest, having))
        if order and owner and person and owner != person:
            changing.add(order)
            joined |= {owner} if is_guest(owner) else set()
        if order and person:
            customers[order] = person
        joining |= joined
        if order is None and person is None:
            found |= _having(event, known)
        found |= {one for one in (order, owner, person, *joined, *having) if one}
        for name, home, meant in _told_names(event, order, person or owner):
            things.setdefault(name, {}).setdefault(home, meant)
    return NamedSubjects(sorted(found), frozenset(joining), frozenset(changing))


def _told_names(
    event: Event, order: str | None, customer: str | None
) -> Iterator[tuple[ThingName, str, str]]:
    """Each name of which an event tells, its home, and what it means there."""
    for name in names_in(event):
        if home := order if name[1] in OF_ORDER and order else customer:
            yield name, home, event.things[name[1]]
    if customer:
        yield from ((name, customer, name[2]) for name in person_names(event))


def _person(
    event: Event, known: LoadedSubjects, homes: KnownHomes, naming: Naming, *, is_owned: bool
) -> str | None:
    """Which customer an event names, by an id or, where its order has none, by an address or a name
    of theirs.
    """
    named = event.customer
    if named is None and not is_owned:
        named = person_of(event, known.holders, homes, naming)
    person = customer_subject(event.shop, named)
    return known.stands_for(person) if person else None


def _having(event: Event, known: LoadedSubjects) -> set[str]:
    """The customers among whom an address does not tell who is meant."""
    addresses = [address for _, address in stated_addresses(event)]
    having = [one for address in addresses for one in known.holders(event.shop, address)]
    return {known.stands_for(one) for one in having}


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
        if guest in known.stands and is_guest(stands := known.stands_for(guest)):
            yield stands
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
        "carriers": _carriers(events),
        "empty": Jsonb(SubjectRow().facts),
    }
    await connection.execute(_MAKE_SUBJECTS, asked)
    rows = await connection.execute(_LOCK_SUBJECTS, asked)
    row = await connection.row(_LOOK_AGAIN, asked)
    known.past.clear()
    known.orders.clear()
    known.subjects = {row[0]: SubjectRow(row[2], row[1]) for row in await rows.fetchall()}
    assert row is not None
    known.digests, known.things = digests_in(row[1]), homes_in(row[2])
    for order, event in past_in(row[3]):
        known.past[order].append(event)
    known.running, known.holding = frozenset(row[4]), frozenset(row[5])
    known.scans = {(shop, carrier): datetime.fromisoformat(at) for shop, carrier, at in row[6]}
    known.stands, known.held, known.changing = dict(row[7]), held_in(row[8]), whom.changing
    known.held |= await held_beside(connection, whom.speaking)
    for order, customer in row[9]:
        known.orders[customer].append(order)
    known.early = early_events(row[10])
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


def _carriers(events: Sequence[Event]) -> Jsonb:
    """The carriers that these events name; of news of a parcel that names none, an empty one."""
    news = [event for event in events if event.type.startswith("shipment.")]
    named = {(event.shop, str(event.data.get("shipment.carrier") or "")) for event in news}
    return Jsonb([{"shop": shop, "carrier": carrier} for shop, carrier in sorted(named)])


def _keys(events: Sequence[Event]) -> Jsonb:
    columns = ("shop", "source", "id")
    return Jsonb([dict(zip(columns, event.key, strict=True)) for event in events])


def _names(events: Sequence[Event]) -> Jsonb:
    """Every name of a thing; each once, or two would stand for it."""
    names = dict.fromkeys(name for event in events for name in every_name(event))
    return Jsonb([dict(zip(("shop", "kind", "thing"), name, strict=True)) for name in names])
