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
from engine.facts.events import OWN_SOURCE, Event
from engine.facts.perks import EXPIRED, USED, used_up_at
from engine.facts.purchases import note_purchase
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
    known_things,
    name_customer,
    note_contact,
    note_own_words,
    put,
)
from engine.facts.things import MOVING, PARCEL_OF_ORDER, milestones, reached, things_of

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
    derived = () if event.derived else tuple(_derived(state, after, event, catalog))
    return Folded(after, event, is_overtaken(after, event, catalog), derived)


def order_after(state: State, event: Event, catalog: Catalog) -> State:
    """The state of an order after an event, and no more."""
    if event.derived:
        # It says nothing that the event from which it follows did not say.
        return state
    after = _taken(state, event, catalog, OF_ORDER)
    name_customer(after, event)
    note_refund(after, event)
    note_contact(after, event)
    return after


def fold_customer(state: State, event: Event, catalog: Catalog) -> State:
    """An event into the state of its customer: their own facts, and what they did with each order.

    A parcel, return or review that names no order is kept with the customer.
    """
    if event.derived and event.order is not None:
        return state
    after = _taken(state, event, catalog, _EVERYTHING if event.order is None else _OF_CUSTOMER)
    if is_about_consent(event.type):
        note_consent(after, event)
    note_purchase(after, event)
    note_own_words(after, event)
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
    about = catalog.events[event.type].about
    if about == "order":
        return about, event.order or ONLY
    if about == "customer":
        return about, event.customer or ONLY
    return about, event.things.get(about, ONLY)


def is_overtaken(state: State, event: Event, catalog: Catalog) -> bool:
    """Whether its thing has already reached a later stage than this event."""
    rank = catalog.events[event.type].rank
    return rank is not None and rank < reached(state, *thing_of(event, catalog), catalog)


def _taken(state: State, event: Event, catalog: Catalog, owners: frozenset[str]) -> State:
    """A new state with the facts an event states and the time at which it happened, each at the
    thing that has it.
    """
    at = instant(event.occurred_at)
    kind, thing = thing_of(event, catalog)
    after, stated = dict(state), _cells(event, catalog, owners, at)
    for (owner, owned), cells in stated.items():
        put(after, owner, owned, cells, {})
    if kind in owners:
        note_correction(after, kind, thing, event)
        put(after, kind, thing, {}, {name: [at, at] for name in _names(event.type, kind)})
        if event.type == USED and "perk.uses_left" not in event.data:
            count_use(after, thing, at)
    if event.source == OWN_SOURCE:
        happened = [(kind, thing, (), _names(event.type, kind))] if kind in owners else []
        touched = [(*one, tuple(cells), ()) for one, cells in stated.items()] + happened
        remember(state, after, (event.id, at, event.depth), touched)
    return after


def _cells(
    event: Event, catalog: Catalog, owners: frozenset[str], at: str
) -> Mapping[tuple[str, str], dict[str, Cell]]:
    """The cells of an event by thing: its own, those that contain it, and others only where it
    names them.
    """
    known = catalog.events[event.type]
    about, rank, owner_of = known.about, known.rank or 0, catalog.owners
    found: dict[tuple[str, str], dict[str, Cell]] = {}
    if known.clears and about in owners:
        gone = {name: cell(None, at) for name in known.clears}
        found[about, event.things.get(about, ONLY)] = gone
    for name, value in event.data.items():
        if (owner := owner_of.get(name)) not in owners:
            continue
        if name in known.clears:
            continue
        if owner == about or owner in ("order", "customer") or owner in event.things:
            cells = found.setdefault((owner, event.things.get(owner, ONLY)), {})
            cells[name] = cell(value, at, rank, event.until)
    return found


def _names(event: str, about: str) -> tuple[str, ...]:
    """The names under which an event happened: a carrier's word is a scan too."""
    return (event, SCANNED) if about == "shipment" and _is_scan(event) else (event,)


def _is_scan(event: str) -> bool:
    return event.partition(".")[2] not in _UNSCANNED


def _derived(before: State, after: State, event: Event, catalog: Catalog) -> Iterator[Event]:
    """What an event of the order makes true besides itself."""
    about, _ = thing_of(event, catalog)
    if about not in ("order", "shipment"):
        return
    yield from _of_its_parcel(event, about)
    if event.type in PARCEL_OF_ORDER:
        parcels = things_of(after, "shipment")
        if len(parcels) == 1:
            yield _following(event, PARCEL_OF_ORDER[event.type], event.occurred_at, parcels)
        return
    if not _may_move(before, after, event, about):
        return
    yield from moved_milestones(before, after, event)


def moved_milestones(before: State, after: State, event: Event) -> Iterator[Event]:
    """That an order was shipped or delivered, at another time than it was before this event."""
    past = milestones(before)
    for milestone, at in sorted(milestones(after).items()):
        if past.get(milestone) != at:
            yield _following(event, milestone, as_instant(at))


def _of_its_parcel(event: Event, about: str) -> Iterator[Event]:
    """A carrier's word is a scan; a correction may tell what truly happened, and when."""
    if about == "shipment" and event.type != SCANNED and _is_scan(event.type):
        yield _following(event, SCANNED, event.occurred_at)
    for name, at in true_times(event).items():
        yield _following(event, name, at)


def _may_move(before: State, after: State, event: Event, about: str) -> bool:
    """Whether an event can change when its order was shipped or delivered; most scans cannot."""
    if event.type in MOVING or (about == "order" and "order.parcels_expected" in event.data):
        return True
    parcels = known_things(after, "shipment")
    return ONLY in parcels or len(parcels) != len(known_things(before, "shipment"))


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
        origin=changed(event.origin, derived=True),
    )
