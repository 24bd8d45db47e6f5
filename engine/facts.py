"""The fold: events into facts, so that late, duplicate and reordered events change nothing they must not.

The state of a subject (one order or one customer) is JSON. Every fact is a cell `[value, occurred_at, rank]` and the
newest event wins, by its own time, then its rank, then its value: any order of arrival gives the same state.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from engine.catalog import DERIVED, OF_ORDER, Catalog
from engine.events import Event
from engine.values import as_instant, instant

State = dict[str, Any]
# The id of a thing whose sender gives none: there is only one.
ONLY = "only"
# Carrier events that are not also a scan.
NO_SCAN = frozenset({"packed", "shipped", "eta_changed", "lost", "cancelled"})
DELIVERED_RANK = 7
_ENDED_PARCEL = ("shipment.delivered", "shipment.cancelled", "shipment.lost", "shipment.returned_to_sender")
_PARCEL_OF_ORDER = {"order.shipped": "shipment.shipped", "order.delivered": "shipment.delivered"}


@dataclass(frozen=True, slots=True)
class Folded:
    """What one event made of its subject.

    The new state, the event with the thing it turned out to be about, whether a later stage had overtaken it, and the
    events that follow from it.
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
    event = _with_known_thing(state, event, catalog)
    before = milestones(state)
    after = _told(state, event, catalog, OF_ORDER)
    after = _happened(after, event, catalog)
    if event.customer:
        after = {**after, "customer": _newest(after.get("customer"), [event.customer, instant(event.occurred_at), 0])}
    derived = tuple(_derived(before, after, event, catalog))
    for follows in derived:
        if follows.type.startswith("shipment."):
            after = _happened(after, follows, catalog)
    return Folded(after, event, is_overtaken(after, event, catalog), derived)


def fold_customer(state: State, event: Event, catalog: Catalog) -> State:
    """An event into the state of its customer: their own facts, and what they did with each order.

    A parcel, return or review that names no order is kept with the customer.
    """
    homeless = event.order is None
    told = _told(state, event, catalog, _OF_CUSTOMER | OF_ORDER if homeless else _OF_CUSTOMER)
    if homeless or catalog.events[event.type].about not in OF_ORDER:
        told = _happened(told, event, catalog)
    if event.type.startswith(("consent.", "message.complained")):
        told = _consented(told, event)
    return _ordered(told, event) if event.order else told


_OF_CUSTOMER = frozenset({"customer", "subscription", "case", "lot", "perk"})


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


def reached(state: State, kind: str, thing: str, catalog: Catalog) -> int:
    """The highest rank a thing has reached; an order also counts how far its parcels are, up to delivered."""
    if kind != "order":
        return _rank(_things(state, kind).get(thing, {}), catalog)
    parcels = (min(_rank(parcel, catalog), DELIVERED_RANK) for parcel in _things(state, "shipment").values())
    return max(_rank(state, catalog), *parcels, 0)


def milestones(state: State) -> dict[str, str]:
    """When the order as a whole was shipped and delivered, by what is known of its parcels and of itself."""
    parcels = list(_things(state, "shipment").values())
    found = {}
    if shipped := [p["happened"]["shipment.shipped"][0] for p in parcels if "shipment.shipped" in p["happened"]]:
        found["order.shipped"] = min(shipped)
    expected = state["facts"].get("order.parcels_expected", (0,))[0]
    delivered = [p["happened"]["shipment.delivered"][0] for p in parcels if "shipment.delivered" in p["happened"]]
    ended = [p for p in parcels if any(end in p["happened"] for end in _ENDED_PARCEL)]
    if delivered and len(ended) == len(parcels) >= (expected or 0):
        found["order.delivered"] = max(delivered)
    for name in _PARCEL_OF_ORDER:
        if name not in found and name in state["happened"]:
            found[name] = state["happened"][name][0]
    return found


def happened(state: State | None, kind: str, thing: str | None, event: str) -> tuple[datetime, datetime] | None:
    """The first and last time an event happened to a thing, None if it has not."""
    if state is None:
        return None
    holder = state if kind in ("order", "customer") else _things(state, kind).get(thing or ONLY, {})
    times = holder.get("happened", {}).get(event)
    if kind == "order" and event in _PARCEL_OF_ORDER and (at := milestones(state).get(event)):
        times = [at, at]
    return (as_instant(times[0]), as_instant(times[1])) if times else None


def value_of(state: State | None, kind: str, thing: str | None, fact: str) -> Any:
    """The canonical value of a stated fact, None if nobody has stated it."""
    if state is None:
        return None
    holder = state if kind in ("order", "customer") else _things(state, kind).get(thing or ONLY, {})
    cell = holder.get("facts", {}).get(fact)
    return cell[0] if cell else None


def ids_of(state: State | None, kind: str) -> tuple[str, ...]:
    """The ids of every thing of a kind, in the order in which they first appeared in the world."""
    if state is None:
        return ()
    things = _things(state, kind)
    return tuple(sorted(things, key=lambda thing: (_first_seen(things[thing]), thing)))


def customer_of(state: State | None) -> str | None:
    """The id of the customer an order belongs to, once an event has named one."""
    return state["customer"][0] if state and "customer" in state else None


def is_final(state: State) -> str | None:
    """Since when the order is delivered, cancelled, or all its parcels lost or returned; None while it is open."""
    if cancelled := state["happened"].get("order.cancelled"):
        return str(cancelled[0])
    if delivered := milestones(state).get("order.delivered"):
        return delivered
    ends = [
        max((p["happened"][e][0] for e in _ENDED_PARCEL[1:] if e in p["happened"]), default="")
        for p in _things(state, "shipment").values()
    ]
    return max(ends) if ends and all(ends) else None


def consent_of(state: State | None, categories: tuple[str, ...], channel: str) -> bool | None:
    """The newest word on any of these categories (`*`: all of them) on a channel; None if nothing was said."""
    said = (state or {}).get("consents", {})
    words = [said[key] for key in (f"{c}|{ch}" for c in categories for ch in (channel, "*")) if key in said]
    return bool(max(words, key=lambda word: (word[1], not word[0]))[0]) if words else None


def _things(state: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    return state["things"].get(kind, {})  # type: ignore[no-any-return]  # JSON


def _rank(holder: Mapping[str, Any], catalog: Catalog) -> int:
    known = (catalog.events.get(name) for name in holder.get("happened", ()))
    return max((event.rank for event in known if event and event.rank is not None), default=0)


def _first_seen(thing: Mapping[str, Any]) -> str:
    return min((times[0] for times in thing["happened"].values()), default="9")


def _newest(old: list[Any] | None, new: list[Any]) -> list[Any]:
    """The later of two cells, by time, rank, and at last by value, so that the order of arrival never matters."""
    if old is None or (new[1], new[2]) > (old[1], old[2]):
        return new
    if (new[1], new[2]) < (old[1], old[2]):
        return old
    return max(old, new, key=lambda cell: json.dumps(cell[0], sort_keys=True))


def _with_known_thing(state: State, event: Event, catalog: Catalog) -> Event:
    """An unnamed parcel, return or review is the only one there is."""
    about, thing = thing_of(event, catalog)
    if about in ("order", "customer") or about in event.things:
        return event
    known = list(_things(state, about))
    return replace(event, things={**event.things, about: known[0] if len(known) == 1 else thing})


def _told(state: State, event: Event, catalog: Catalog, owners: frozenset[str]) -> State:
    """The facts an event states, each into the cell of the thing that has it."""
    at, rank = instant(event.occurred_at), catalog.events[event.type].rank or 0
    for name, value in event.data.items():
        owner = catalog.facts[name].owner
        if owner in owners and name not in DERIVED:
            state = _set(state, owner, event, name, [value, at, rank])
    return state


def _set(state: State, kind: str, event: Event, name: str, cell: list[Any]) -> State:
    if kind in ("order", "customer"):
        return {**state, "facts": {**state["facts"], name: _newest(state["facts"].get(name), cell)}}
    things = _things(state, kind)
    thing = event.things.get(kind) or (next(iter(things)) if len(things) == 1 else ONLY)
    held = things.get(thing, {"facts": {}, "happened": {}})
    held = {**held, "facts": {**held["facts"], name: _newest(held["facts"].get(name), cell)}}
    return {**state, "things": {**state["things"], kind: {**things, thing: held}}}


def _happened(state: State, event: Event, catalog: Catalog) -> State:
    kind, thing = thing_of(event, catalog)
    at = instant(event.occurred_at)
    if kind in ("order", "customer"):
        return {**state, "happened": _noted(state["happened"], event.type, at)}
    things = _things(state, kind)
    held = things.get(thing, {"facts": {}, "happened": {}})
    held = {**held, "happened": _noted(held["happened"], event.type, at)}
    return {**state, "things": {**state["things"], kind: {**things, thing: held}}}


def _noted(times: Mapping[str, list[str]], name: str, at: str) -> dict[str, list[str]]:
    first, last = times.get(name, (at, at))
    return {**times, name: [min(first, at), max(last, at)]}


def _derived(before: Mapping[str, str], state: State, event: Event, catalog: Catalog) -> Iterator[Event]:
    """What an event of the order makes true besides itself."""
    if event.derived:
        return
    about, _ = thing_of(event, catalog)
    name = event.type.partition(".")[2]
    if about == "shipment" and name != "scanned" and name not in NO_SCAN:
        yield _following(event, "shipment.scanned", event.occurred_at)
    if event.type in _PARCEL_OF_ORDER:
        parcels = list(_things(state, "shipment")) or [ONLY]
        if len(parcels) == 1:
            yield _following(event, _PARCEL_OF_ORDER[event.type], event.occurred_at, {"shipment": parcels[0]})
        return
    for milestone, at in sorted(milestones(state).items()):
        if before.get(milestone) != at:
            yield _following(event, milestone, as_instant(at))


def _following(event: Event, kind: str, at: datetime, things: Mapping[str, str] | None = None) -> Event:
    named = {**event.things, **(things or {})}
    return replace(event, type=kind, occurred_at=at, things=named, data={}, derived=True)


def _consented(state: State, event: Event) -> State:
    """Consent by category and channel; without a category for all of them; a complaint ends all marketing."""
    category = event.data.get("consent.category", "*")
    channel = event.data.get("consent.channel", "*")
    said = [event.type == "consent.given", instant(event.occurred_at)]
    consents = dict(state.get("consents", {}))
    key = f"{category}|{channel}"
    old = consents.get(key)
    # At the same instant a withdrawal wins.
    consents[key] = said if old is None or (said[1], not said[0]) > (old[1], not old[0]) else old
    return {**state, "consents": consents}


def _ordered(state: State, event: Event) -> State:
    """What the customer bought and sent back, order by order, for roll-ups over all of them."""
    orders = state.get("orders", {})
    order = dict(orders.get(event.order, {}))
    at = instant(event.occurred_at)
    if event.type in ("order.placed", "order.cancelled"):
        order[event.type] = min(order.get(event.type, at), at)
    for name in ("order.items", "order.total", "order.base_total", "order.country", "return.items"):
        if name in event.data:
            order[name] = _newest(order.get(name), [event.data[name], at, 0])
    return {**state, "orders": {**orders, event.order: order}} if order else state
