"""The fold: events into facts, so that late, duplicate and reordered events change nothing they
must not.

The state of a subject (one order or one customer) is JSON. Every fact is a cell `[value,
occurred_at, rank]` and the newest event wins, by its own time, then its rank, then its value: any
order of arrival gives the same state. Only what was said is kept; `engine.facts.things` works out
what follows from it.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from engine.catalog.catalog import OF_ORDER, Catalog
from engine.catalog.rows import changed, row
from engine.catalog.values import as_instant, instant
from engine.facts.events import Event
from engine.facts.perks import EXPIRED, USED, used_up_at
from engine.facts.things import (
    DELIVERED_RANK,
    MOVING,
    ONLY,
    PARCEL_OF_ORDER,
    State,
    happened,
    ids_of,
    is_final,
    milestones,
    newest,
    oldest,
    reached,
    spanning,
    things_of,
    value_of,
)

__all__ = [
    "DELIVERED_RANK",
    "ONLY",
    "SCANNED",
    "Folded",
    "State",
    "consent_of",
    "customer_of",
    "empty",
    "fold_customer",
    "fold_order",
    "happened",
    "ids_of",
    "is_final",
    "is_overtaken",
    "milestones",
    "reached",
    "subject_kind",
    "thing_of",
    "used_up",
    "value_of",
]

SCANNED = "shipment.scanned"
# Carrier events that are not also a scan.
NO_SCAN = frozenset({"packed", "shipped", "eta_changed", "lost", "cancelled"})
_OF_CUSTOMER = frozenset({"customer", "subscription", "case", "lot", "perk"})
_EVERYTHING = _OF_CUSTOMER | OF_ORDER
# What the customer's facts keep of each order, for roll-ups over all of them.
_OF_EACH_ORDER = ("order.items", "order.total", "order.base_total", "order.country")
# More uses of one perk than this are not counted one by one.
_USES_KEPT = 100
_CALLED_OFF = frozenset({"return.declined", "return.cancelled"})


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


def empty() -> State:
    """The state of a subject of which nothing is known."""
    return {"facts": {}, "happened": {}, "things": {}}


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
    if event.customer:
        after["customer"] = newest(
            after.get("customer"), [event.customer, instant(event.occurred_at), 0]
        )
    return after


def fold_customer(state: State, event: Event, catalog: Catalog) -> State:
    """An event into the state of its customer: their own facts, and what they did with each order.

    A parcel, return or review that names no order is kept with the customer.
    """
    if event.derived and event.order is not None:
        return state
    after = _taken(state, event, catalog, _EVERYTHING if event.order is None else _OF_CUSTOMER)
    if event.type.startswith(("consent.", "message.complained")):
        after["consents"] = _consented(state.get("consents", {}), event)
    if event.order and (known := _ordered(state.get("orders", {}).get(event.order, {}), event)):
        after["orders"] = {**state.get("orders", {}), event.order: known}
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
        derived=True,
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


def customer_of(state: State | None) -> str | None:
    """The id of the customer an order belongs to, once an event has named one."""
    return state["customer"][0] if state and "customer" in state else None


def consent_of(state: State | None, categories: tuple[str, ...], channel: str) -> bool | None:
    """The newest word on any of these categories (`*`: all of them) on a channel; None if nothing
    was said.
    """
    said = (state or {}).get("consents", {})
    words = [
        said[key]
        for key in (f"{c}|{ch}" for c in categories for ch in (channel, "*"))
        if key in said
    ]
    return bool(max(words, key=_weight)[0]) if words else None


def _taken(state: State, event: Event, catalog: Catalog, owners: frozenset[str]) -> State:
    """A new state with the facts an event states and the time at which it happened, each at the
    thing that has it.
    """
    at = instant(event.occurred_at)
    kind, thing = thing_of(event, catalog)
    after = dict(state)
    for (owner, owned), cells in _cells(event, catalog, owners, at).items():
        _put(after, owner, owned, cells, {})
    if kind in owners:
        _put(after, kind, thing, {}, {name: [at, at] for name in _names(event.type, kind)})
        if event.type == USED and "perk.uses_left" not in event.data:
            _count_use(after, thing, at)
    return after


def _count_use(after: State, perk: str, at: str) -> None:
    """A use of a perk whose sender does not say how many are left; the same use told
    twice is one.
    """
    perks = after["things"]["perk"]
    used = sorted({*perks[perk].get("used", ()), at})[-_USES_KEPT:]
    after["things"] = {**after["things"], "perk": {**perks, perk: {**perks[perk], "used": used}}}


def _cells(
    event: Event, catalog: Catalog, owners: frozenset[str], at: str
) -> Mapping[tuple[str, str], dict[str, list[Any]]]:
    """The cells of an event by thing: its own, those that contain it, and others only where it
    names them.
    """
    about, rank, owner_of = (
        catalog.events[event.type].about,
        catalog.ranks[event.type],
        catalog.owners,
    )
    found: dict[tuple[str, str], dict[str, list[Any]]] = {}
    for name, value in event.data.items():
        if (owner := owner_of.get(name)) not in owners:
            continue
        if owner == about or owner in ("order", "customer") or owner in event.things:
            cell = [value, at, rank] if event.until is None else [value, at, rank, event.until]
            found.setdefault((owner, event.things.get(owner, ONLY)), {})[name] = cell
    return found


def _names(event: str, about: str) -> tuple[str, ...]:
    """The names under which an event happened: a carrier's word is a scan too."""
    return (event, SCANNED) if about == "shipment" and _is_scan(event) else (event,)


def _is_scan(event: str) -> bool:
    return event.partition(".")[2] not in NO_SCAN


def _put(
    after: State,
    kind: str,
    thing: str,
    cells: Mapping[str, list[Any]],
    times: Mapping[str, list[str]],
) -> None:
    """Cells and times into a new holder; `after` is ours alone, all that hangs on it
    may be shared.
    """
    if kind in ("order", "customer"):
        _add(after, cells, times)
        return
    things = after["things"].get(kind, {})
    held = dict(things.get(thing) or _nothing())
    _add(held, cells, times)
    after["things"] = {**after["things"], kind: {**things, thing: held}}


def _nothing() -> dict[str, Any]:
    """A thing of which nothing is known."""
    return {"facts": {}, "happened": {}}


def _add(
    held: dict[str, Any], cells: Mapping[str, list[Any]], times: Mapping[str, list[str]]
) -> None:
    if cells:
        facts = held["facts"] = held["facts"].copy()
        for name, cell in cells.items():
            facts[name] = newest(facts.get(name), cell)
        if eta := cells.get("shipment.eta"):
            held["first_eta"] = oldest(held.get("first_eta"), eta)
    if times:
        happened = held["happened"] = held["happened"].copy()
        for name, span in times.items():
            happened[name] = spanning(happened.get(name), span)


def _derived(before: State, after: State, event: Event, catalog: Catalog) -> Iterator[Event]:
    """What an event of the order makes true besides itself."""
    about, _ = thing_of(event, catalog)
    if about not in ("order", "shipment"):
        return
    if about == "shipment" and event.type != SCANNED and _is_scan(event.type):
        yield _following(event, SCANNED, event.occurred_at)
    if event.type in PARCEL_OF_ORDER:
        parcels = things_of(after, "shipment")
        if len(parcels) == 1:
            yield _following(event, PARCEL_OF_ORDER[event.type], event.occurred_at, parcels)
        return
    if not _may_move(before, after, event, about):
        return
    past = milestones(before)
    for milestone, at in sorted(milestones(after).items()):
        if past.get(milestone) != at:
            yield _following(event, milestone, as_instant(at))


def _may_move(before: State, after: State, event: Event, about: str) -> bool:
    """Whether an event can change when its order was shipped or delivered; most scans cannot."""
    if event.type in MOVING or (about == "order" and "order.parcels_expected" in event.data):
        return True
    parcels = after["things"].get("shipment", {})
    return ONLY in parcels or len(parcels) != len(before["things"].get("shipment", {}))


def _following(
    event: Event, kind: str, at: datetime, parcels: Mapping[str, Any] | None = None
) -> Event:
    parcel = next(iter(parcels), ONLY) if parcels else ONLY
    things = event.things if parcel == ONLY else {**event.things, "shipment": parcel}
    return changed(event, type=kind, occurred_at=at, things=things, data={}, derived=True)


def _weight(word: list[Any]) -> tuple[str, bool]:
    """At the same instant a withdrawal wins."""
    return word[1], not word[0]


def _consented(consents: Mapping[str, list[Any]], event: Event) -> dict[str, list[Any]]:
    """Consent by category and channel; without a category for all of them; a complaint ends all
    marketing.
    """
    told = {} if event.type == "message.complained" else event.data
    key = f"{told.get('consent.category', '*')}|{told.get('consent.channel', '*')}"
    said = [event.type == "consent.given", instant(event.occurred_at)]
    old = consents.get(key)
    return {**consents, key: said if old is None or _weight(said) > _weight(old) else old}


def _ordered(known: Mapping[str, Any], event: Event) -> dict[str, Any]:
    """What the customer bought and sent back with one order."""
    order, at = dict(known), instant(event.occurred_at)
    if event.type in ("order.placed", "order.cancelled"):
        order[event.type] = min(order.get(event.type, at), at)
    for name in _OF_EACH_ORDER:
        if name in event.data:
            order[name] = newest(order.get(name), [event.data[name], at, 0])
    if event.type in _CALLED_OFF or "return.items" in event.data:
        thing = event.things.get("return", ONLY)
        order["returns"] = {
            **order.get("returns", {}),
            thing: _returned(order.get("returns", {}).get(thing, {}), event),
        }
    return order


def _returned(known: Mapping[str, Any], event: Event) -> dict[str, Any]:
    """The items of one return, and whether it was called off."""
    told = dict(known)
    if event.type in _CALLED_OFF:
        told["called_off"] = True
    if "return.items" in event.data:
        told["items"] = newest(
            told.get("items"), [event.data["return.items"], instant(event.occurred_at), 0]
        )
    return told
