"""The fold: events into facts, so that late, duplicate and reordered events change nothing they
must not.

The state of a subject (one order or one customer) is JSON. Every fact is a cell `[value,
occurred_at, rank]` and the newest event wins, by its own time, then its rank, then its value: any
order of arrival gives the same state. Only what was said is kept; `engine.facts.things` works out
what follows from it.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from engine.catalog.catalog import OF_ORDER, Catalog, builtin
from engine.catalog.rows import changed, row
from engine.catalog.values import as_instant, instant
from engine.facts.contacts.consents import is_about_consent, note_consent
from engine.facts.events import OWN_SOURCE, Event, derived_from
from engine.facts.perks import EXPIRED, USED, used_up_at
from engine.facts.reversals.corrections import note_correction, true_times
from engine.facts.reversals.own_facts import remember
from engine.facts.reversals.refunds import note_refund
from engine.facts.state import (
    ONLY,
    Cell,
    Holder,
    State,
    cell,
    count_use,
    name_customer,
    note_contact,
    note_own_words,
    put,
)
from engine.facts.things import EXPECTED, PARCEL_OF_ORDER, may_move, milestones, reached, things_of

SCANNED = "shipment.scanned"
# What carriers report without a scan, by the word behind the dot, also in a team's own events.
_UNSCANNED = frozenset(name.partition(".")[2] for name in builtin().marked("unscanned"))
_OF_CUSTOMER = frozenset({"customer", "subscription", "case", "lot", "perk"})
_EVERYTHING = _OF_CUSTOMER | OF_ORDER


@row
class Folded:
    """What one event made of its subject.

    The new state, the event, whether a later stage had overtaken it, and the events that follow
    from it.
    """

    state: State
    event: Event
    stale: bool
    derived: tuple[Event, ...] = ()


def fold_order(state: State, event: Event, catalog: Catalog) -> Folded:
    """An event into the state of its order, with the events that follow from it."""
    after = order_after(state, event, catalog)
    derived = () if event.origin.derived else tuple(_derived(state, after, event, catalog))
    return Folded(after, event, is_overtaken(after, event, catalog), derived)


def order_after(state: State, event: Event, catalog: Catalog) -> State:
    """The state of an order after an event, and no more."""
    if event.origin.derived:
        # It says nothing that the event from which it follows did not say.
        return state
    after = _taken(state, event, catalog, OF_ORDER)
    name_customer(after, event)
    note_refund(after, event)
    note_contact(after, event)
    return after


def fold_customer(state: State, event: Event, catalog: Catalog) -> State:
    """An event into the state of its customer: their own facts. What they bought is counted from
    the states of their orders.

    A parcel, return or review that names no order is kept with the customer.
    """
    if event.origin.derived and event.order is not None:
        return state
    after = _taken(state, event, catalog, _EVERYTHING if event.order is None else _OF_CUSTOMER)
    if is_about_consent(event.type):
        note_consent(after, event)
    note_own_words(after, event)
    return after


def kept_under(
    state: State, subject: str, event: Event, names: frozenset[str], catalog: Catalog
) -> State:
    """The state of a subject with what an event of before says under some names, and no more."""
    owners = OF_ORDER
    if not subject.startswith("order:"):
        owners = _EVERYTHING if event.order is None else _OF_CUSTOMER
    after, at = dict(state), instant(event.occurred_at)
    for where, cells in _cells(event, catalog, owners, at).items():
        put(after, *where, {name: one for name, one in cells.items() if name in names}, {})
    kind, thing = thing_of(event, catalog)
    if event.type in names and kind in owners:
        put(after, kind, thing, {}, {name: [at, at] for name in _names(event.type, kind)})
    return after


def used_up(before: State, after: State, event: Event) -> Event | None:
    """The end of a perk that an event makes true: its last use has been made."""
    perk = event.things.get("perk")
    if perk is None or (at := used_up_at(after, perk)) is None or at == used_up_at(before, perk):
        return None
    return changed(
        event,
        type=EXPIRED,
        occurred_at=as_instant(at),
        order=None,
        things={"perk": perk},
        data={},
        origin=changed(event.origin, derived=True, told_at=None),
    )


def subject_kind(event: Event, catalog: Catalog) -> str:
    """Whose journey the event belongs to: `order`, or `customer` also where no order is named."""
    return "order" if catalog.events[event.type].about in OF_ORDER and event.order else "customer"


def thing_of(event: Event, catalog: Catalog) -> tuple[str, str]:
    """The kind and id of the thing the event is about."""
    about = catalog.event(event.type).about
    if about == "order":
        return about, event.order or ONLY
    if about == "customer":
        return about, event.customer or ONLY
    return about, event.things.get(about, ONLY)


def is_overtaken(state: State, event: Event, catalog: Catalog) -> bool:
    """Whether its thing has already reached a later stage than this event."""
    rank = catalog.event(event.type).rank
    return rank is not None and rank < reached(state, *thing_of(event, catalog), catalog)


def _taken(state: State, event: Event, catalog: Catalog, owners: frozenset[str]) -> State:
    """A new state with the facts an event states and the time at which it happened, each at the
    thing that has it.
    """
    at = instant(event.occurred_at)
    kind, thing = thing_of(event, catalog)
    after, stated = dict(state), _cells(event, catalog, owners, at)
    own, names = (kind, event.things.get(kind, ONLY)), _names(event.type, kind)
    if is_own := kind in owners:
        note_correction(after, kind, thing, event)
        put(after, kind, thing, stated.get(own, {}), {name: [at, at] for name in names})
        if event.type == USED and "perk.uses_left" not in event.data:
            count_use(after, thing, at)
    for where, cells in stated.items():
        if where != own:
            put(after, *where, cells, {})
    if event.source == OWN_SOURCE:
        happened = [(kind, thing, (), names)] if is_own else []
        touched = [(*one, tuple(cells), ()) for one, cells in stated.items()] + happened
        remember(state, after, (event.id, at, event.depth), touched)
    return after


def _cells(
    event: Event, catalog: Catalog, owners: frozenset[str], at: str
) -> Mapping[tuple[str, str], dict[str, Cell]]:
    """The cells of an event by thing: its own, those that contain it, and others only where it
    names them.
    """
    known, things, owner_of = catalog.event(event.type), event.things, catalog.owners
    about, clears, rank = known.about, known.clears, known.rank or 0
    found: dict[tuple[str, str], dict[str, Cell]] = {}
    if clears and about in owners:
        found[about, things.get(about, ONLY)] = {name: cell(None, at) for name in clears}
    for name, value in event.data.items():
        owner = owner_of.get(name)
        if owner not in owners or name in clears:
            continue
        if owner == about or owner in things or owner in ("order", "customer"):
            cells = found.setdefault((owner, things.get(owner, ONLY)), {})
            cells[name] = cell(value, at, rank, event.until)
    return found


def _names(event: str, about: str) -> tuple[str, ...]:
    """The names under which an event happened: a carrier's word is a scan too."""
    return (event, SCANNED) if about == "shipment" and _is_scan(event) else (event,)


def _is_scan(event: str) -> bool:
    return event.partition(".")[2] not in _UNSCANNED


def _derived(before: State, after: State, event: Event, catalog: Catalog) -> Iterator[Event]:
    """What an event of the order makes true besides itself."""
    about, thing = thing_of(event, catalog)
    if about not in ("order", "shipment"):
        return
    yield from _of_its_parcel(event, about)
    if event.type in PARCEL_OF_ORDER:
        parcels = things_of(after, "shipment")
        if len(parcels) == 1:
            yield _following(event, PARCEL_OF_ORDER[event.type], event.occurred_at, parcels)
        return
    if (about == "order" and EXPECTED in event.data) or may_move(before, after, event.type, thing):
        yield from moved_milestones(before, after, event)


def moved_milestones(before: State, after: State, event: Event) -> Iterator[Event]:
    """That an order was shipped or delivered, at another time than it was before this event."""
    if not (reached_now := milestones(after)):
        return
    past = milestones(before)
    for milestone, at in sorted(reached_now.items()):
        if past.get(milestone) != at:
            yield _following(event, milestone, as_instant(at))


def _of_its_parcel(event: Event, about: str) -> Iterator[Event]:
    """A carrier's word is a scan; a correction may tell what truly happened, and when."""
    if about == "shipment" and event.type != SCANNED and _is_scan(event.type):
        yield _following(event, SCANNED, event.occurred_at)
    for name, at in true_times(event).items():
        yield _following(event, name, at)


def _following(
    event: Event, kind: str, at: datetime, parcels: Mapping[str, Holder] | None = None
) -> Event:
    parcel = next(iter(parcels), ONLY) if parcels else ONLY
    things = event.things if parcel == ONLY else {**event.things, "shipment": parcel}
    return changed(
        event,
        type=kind,
        occurred_at=at,
        things=things,
        data={},
        origin=derived_from(event.origin),
    )
