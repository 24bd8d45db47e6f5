"""The things of a subject as they are read: each parcel, return, review, case, and the order as a
whole.

A state keeps what senders said, word for word; what follows from it is worked out here, so that the
order of arrival never matters: an unnamed thing is the first that has a name, what happened to an
order happened to its only parcel, and what was taken back has not happened.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from engine.catalog.catalog import Catalog, builtin
from engine.catalog.values import as_instant, instant
from engine.facts import state as states
from engine.facts.reversals.corrections import (
    CLEARING,
    TAKEN_BACK_BY,
    WITNESSES,
    counted_in,
    counts,
    is_correction,
)
from engine.facts.state import (
    FOR_EVER,
    ONLY,
    Holder,
    State,
    cells_in,
    first_in,
    holds_until,
    known_things,
    last_in,
    nothing,
    spans_in,
    stated,
    times_in,
    value_in,
)

_EVENTS = builtin().events
DELIVERED_RANK = _EVENTS["order.delivered"].rank or 0
# Which event of a parcel makes an order shipped or delivered.
PARCEL_OF_ORDER: Mapping[str, str] = {
    event.name: event.follows
    for event in _EVENTS.values()
    if event.about == "order" and event.follows
}
_PARCEL_ENDS = frozenset(
    name for name in builtin().marked("ends") if _EVENTS[name].about == "shipment"
)
_LOSSES = _PARCEL_ENDS - {"shipment.delivered"}
EXPECTED = "order.parcels_expected"
_UNDELIVERED = TAKEN_BACK_BY["order.delivered"]
_TAKING_BACK = frozenset[str]().union(*(TAKEN_BACK_BY.get(end, ()) for end in _PARCEL_ENDS))
# The stages of a parcel that take back that it has ended: where it has not, they move no order.
_GOING_ON = frozenset(name for name in _TAKING_BACK - _PARCEL_ENDS if not is_correction(name))
# The events of a parcel by which its order may be shipped or delivered, or no longer be so.
_MOVING = (_TAKING_BACK | _PARCEL_ENDS | frozenset(PARCEL_OF_ORDER.values())) - _GOING_ON
# The kinds of things that may be gone.
_MAY_BE_GONE = frozenset(_EVENTS[name].about for name in CLEARING)
_NOTHING: Holder = nothing()


def things_of(state: State, kind: str) -> Mapping[str, Holder]:
    """Every thing of a kind by its id; of an order that has no parcels, but was shipped, the one it
    must have.
    """
    things = known_things(state, kind)
    if ONLY in things and len(things) > 1:
        named = {thing: held for thing, held in things.items() if thing != ONLY}
        first = _first(named)
        things = {**named, first: states.both(named[first], things[ONLY])}
    if kind != "shipment" or len(things) > 1:
        return things
    spans = spans_in(state)
    if PARCEL_OF_ORDER.keys().isdisjoint(spans):
        return things
    of_parcel = {
        parcel: times_in(state, name) for name, parcel in PARCEL_OF_ORDER.items() if name in spans
    }
    thing, held = next(iter(things.items()), (ONLY, _NOTHING))
    return {thing: states.both(held, states.of_times(of_parcel))}


def holder_of(state: State, kind: str, thing: str | None) -> Holder:
    """Where a thing keeps its facts and times; an order's and a customer's are the state's own."""
    if kind in ("order", "customer"):
        return state
    things = things_of(state, kind)
    if thing is None or thing == ONLY:
        return things[_first(things)] if things else _NOTHING
    return things.get(thing, _NOTHING)


def alias_of(state: State | None, kind: str, thing: str) -> str | None:
    """The other id of the same thing: of an unnamed one that of the first with a name, and the
    other way round.
    """
    if state is None or kind in ("order", "customer") or not (things := things_of(state, kind)):
        return None
    if thing == ONLY:
        first = _first(things)
        return first if first != ONLY else None
    mine = (_first_seen(things.get(thing, _NOTHING)), thing)
    is_first = not any((_first_seen(held), one) < mine for one, held in things.items())
    return ONLY if is_first and thing in things else None


def reached(state: State, kind: str, thing: str | None, catalog: Catalog) -> int:
    """The highest rank a thing has reached; an order also counts how far its parcels are, up to
    delivered.
    """
    if kind != "order":
        return _rank(holder_of(state, kind, thing), catalog)
    parcels = (
        min(_rank(parcel, catalog), DELIVERED_RANK)
        for parcel in things_of(state, "shipment").values()
    )
    return max(_rank(state, catalog), *parcels, 0)


def milestones(state: State) -> dict[str, str]:
    """When the order as a whole was shipped and delivered, by what is known of its parcels and of
    itself.
    """
    parcels = [counted_in(parcel) for parcel in things_of(state, "shipment").values()]
    found = {}
    if shipped := _firsts(parcels, "shipment.shipped"):
        found["order.shipped"] = min(shipped)
    delivered, expected = _firsts(parcels, "shipment.delivered"), stated(state, EXPECTED) or 0
    if delivered and len(parcels) >= expected and not any(map(_PARCEL_ENDS.isdisjoint, parcels)):
        found["order.delivered"] = max(delivered)
    spans = spans_in(state)
    for name in PARCEL_OF_ORDER:
        if name in spans and name not in found:
            since = _undelivered_at(parcels) if name == "order.delivered" else ""
            if times := [at for at in times_in(state, name) if at > since]:
                found[name] = times[0]
    return found


def may_move(before: State, after: State, event: str, parcel: str) -> bool:
    """Whether an event of a parcel can change when its order was shipped or delivered; most scans
    cannot.
    """
    parcels = known_things(after, "shipment")
    if event in _MOVING or ONLY in parcels:
        return True
    if event in _GOING_ON and not _PARCEL_ENDS.isdisjoint(spans_in(parcels[parcel])):
        return True
    return len(parcels) != len(known_things(before, "shipment"))


def happened(
    state: State | None, kind: str, thing: str | None, event: str
) -> tuple[datetime, datetime] | None:
    """The first and last time an event happened to a thing, None if it has not."""
    if state is None:
        return None
    if kind == "order" and event in PARCEL_OF_ORDER:
        at = milestones(state).get(event)
        span = [at, at] if at else None
    else:
        span = counted_in(holder_of(state, kind, thing)).get(event)
    return (as_instant(first_in(span)), as_instant(last_in(span))) if span else None


def times_of(state: State, kind: str, thing: str) -> Iterator[tuple[str, str]]:
    """When what counts has happened to a thing, by its facts: `delivered_at`, the first time,
    and `scanned_at`, the last one of what may happen again.
    """
    for event, span in counted_in(holder_of(state, kind, thing)).items():
        if known := _EVENTS.get(event):
            at = last_in(span) if known.repeats else first_in(span)
            yield f"{event.partition('.')[2]}_at", at


def counts_still(state: State, about: tuple[str, str], event: str, at: datetime) -> bool:
    """Whether an event of a thing, by its kind and id, was not taken back."""
    kind, thing = about
    if kind == "order" and event in PARCEL_OF_ORDER:
        return event in milestones(state)
    if event not in WITNESSES:
        return True
    return counts(holder_of(state, kind, thing), event, instant(at))


def is_gone_since(state: State, about: tuple[str, str], event: str, at: datetime) -> bool:
    """Whether a thing, by its kind and id, has ended since an event, so that nothing is said any
    more of what that led to.
    """
    if about[0] not in _MAY_BE_GONE:
        return False
    spans = spans_in(holder_of(state, *about))
    last = max(instant(at), last_in(spans[event]) if event in spans else "")
    return any(last_in(spans[end]) >= last for end in CLEARING & spans.keys() - {event})


def value_of(
    state: State | None, kind: str, thing: str | None, fact: str, now: str | None = None
) -> Any:
    """The canonical value of a stated fact; None if nobody has stated it, or what a rule set is
    over by `now`.
    """
    if state is None:
        return None
    cell = cells_in(holder_of(state, kind, thing)).get(fact)
    if cell is None or (now is not None and holds_until(cell) <= now):
        return None
    return value_in(cell)


def first_eta(state: State | None, parcel: str) -> str | None:
    """The day on which a parcel was expected at first."""
    return states.first_eta_in(holder_of(state, "shipment", parcel)) if state else None


def ids_of(state: State | None, kind: str) -> tuple[str, ...]:
    """The ids of every thing of a kind, in the order in which they first appeared in the world."""
    if state is None:
        return ()
    things = things_of(state, kind)
    return tuple(sorted(things, key=lambda thing: (_first_seen(things[thing]), thing)))


def is_final(state: State) -> str | None:
    """Since when the order is delivered, cancelled, or all its parcels lost or returned; None while
    it is open.
    """
    if cancelled := spans_in(state).get("order.cancelled"):
        return first_in(cancelled)
    if delivered := milestones(state).get("order.delivered"):
        return delivered
    ends = [_lost_at(counted_in(parcel)) for parcel in things_of(state, "shipment").values()]
    return max(ends) if ends and all(ends) else None


def _lost_at(spans: Mapping[str, states.TimeSpan]) -> str:
    """When a parcel ended without being delivered; empty while it has not."""
    return max((first_in(spans[end]) for end in _LOSSES if end in spans), default="")


def _undelivered_at(parcels: list[Mapping[str, states.TimeSpan]]) -> str:
    """When the delivery of a parcel was taken back last; empty if none was."""
    taken_back = [last_in(one[name]) for one in parcels for name in _UNDELIVERED & one.keys()]
    return max(taken_back, default="")


def _firsts(parcels: list[Mapping[str, states.TimeSpan]], event: str) -> list[str]:
    return [first_in(spans[event]) for spans in parcels if event in spans]


def _rank(holder: Holder, catalog: Catalog) -> int:
    ranks = catalog.ranks
    return max([ranks[name] for name in counted_in(holder) if name in ranks], default=0)


def _first(things: Mapping[str, Holder]) -> str:
    if len(things) == 1:
        return next(iter(things))
    return min(things, key=lambda thing: (_first_seen(things[thing]), thing))


def _first_seen(thing: Holder) -> str:
    return states.first_heard_of(thing) or FOR_EVER
