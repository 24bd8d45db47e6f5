"""The things of a subject as they are read: each parcel, return, review, case, and the order as a
whole.

A state keeps what senders said, word for word; what follows from it is worked out here, so that the
order of arrival never matters: an unnamed thing is the first that has a name, and what happened to
an order happened to its only parcel.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.catalog.catalog import Catalog
from engine.catalog.values import as_instant

State = dict[str, Any]
# Where a cell says until when a value holds that a rule has set for a time.
SET_UNTIL = 3
Holder = Mapping[str, Any]
# The id of a thing whose sender gives none: there is only one.
ONLY = "only"
DELIVERED_RANK = 7
PARCEL_OF_ORDER: Mapping[str, str] = {
    "order.shipped": "shipment.shipped",
    "order.delivered": "shipment.delivered",
}
_ENDED_PARCEL = (
    "shipment.delivered",
    "shipment.cancelled",
    "shipment.lost",
    "shipment.returned_to_sender",
)
_ENDS = frozenset(_ENDED_PARCEL)
# The events of a parcel by which its order may be shipped or delivered.
MOVING = frozenset({"shipment.shipped", *_ENDED_PARCEL})
_NOTHING: Holder = {"facts": {}, "happened": {}}


def things_of(state: State, kind: str) -> Mapping[str, Holder]:
    """Every thing of a kind by its id; of an order that has no parcels, but was shipped, the one it
    must have.
    """
    things: Mapping[str, Holder] = state["things"].get(kind, {})
    if ONLY in things and len(things) > 1:
        named = {thing: held for thing, held in things.items() if thing != ONLY}
        first = _first(named)
        things = {**named, first: _both(named[first], things[ONLY])}
    if kind != "shipment" or len(things) > 1:
        return things
    told = state["happened"]
    if PARCEL_OF_ORDER.keys().isdisjoint(told):
        return things
    stated = {parcel: told[name] for name, parcel in PARCEL_OF_ORDER.items() if name in told}
    thing, held = next(iter(things.items()), (ONLY, _NOTHING))
    return {thing: _both(held, {"facts": {}, "happened": stated})}


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
    first = _first(things)
    return first if thing == ONLY != first else ONLY if thing == first != ONLY else None


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
    parcels = [parcel["happened"] for parcel in things_of(state, "shipment").values()]
    found = {}
    if shipped := [
        times["shipment.shipped"][0] for times in parcels if "shipment.shipped" in times
    ]:
        found["order.shipped"] = min(shipped)
    expected = state["facts"].get("order.parcels_expected", (0,))[0]
    delivered = [
        times["shipment.delivered"][0] for times in parcels if "shipment.delivered" in times
    ]
    if delivered and len(parcels) >= (expected or 0) and not any(map(_ENDS.isdisjoint, parcels)):
        found["order.delivered"] = max(delivered)
    for name in PARCEL_OF_ORDER:
        if name not in found and name in state["happened"]:
            found[name] = state["happened"][name][0]
    return found


def happened(
    state: State | None, kind: str, thing: str | None, event: str
) -> tuple[datetime, datetime] | None:
    """The first and last time an event happened to a thing, None if it has not."""
    if state is None:
        return None
    if kind == "order" and event in PARCEL_OF_ORDER:
        at = milestones(state).get(event)
        times = (at, at) if at else None
    else:
        times = holder_of(state, kind, thing)["happened"].get(event)
    return (as_instant(times[0]), as_instant(times[1])) if times else None


def value_of(
    state: State | None, kind: str, thing: str | None, fact: str, now: str | None = None
) -> Any:
    """The canonical value of a stated fact; None if nobody has stated it, or what a rule set is
    over by `now`.
    """
    if state is None:
        return None
    cell = holder_of(state, kind, thing)["facts"].get(fact)
    if cell is None or (now is not None and len(cell) > SET_UNTIL and cell[SET_UNTIL] <= now):
        return None
    return cell[0]


def first_eta(state: State | None, parcel: str) -> str | None:
    """The day on which a parcel was expected at first."""
    cell = holder_of(state, "shipment", parcel).get("first_eta") if state else None
    return str(cell[0]) if cell else None


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
    if cancelled := state["happened"].get("order.cancelled"):
        return str(cancelled[0])
    if delivered := milestones(state).get("order.delivered"):
        return delivered
    ends = [
        max(
            (parcel["happened"][end][0] for end in _ENDED_PARCEL[1:] if end in parcel["happened"]),
            default="",
        )
        for parcel in things_of(state, "shipment").values()
    ]
    return max(ends) if ends and all(ends) else None


def newest(old: list[Any] | None, new: list[Any]) -> list[Any]:
    """The later of two cells, by time, rank, and at last by value, so that the order of arrival
    never matters.
    """
    if old is None:
        return new
    if (new[1], new[2]) != (old[1], old[2]):
        return new if (new[1], new[2]) > (old[1], old[2]) else old
    return max(old, new, key=_spelled)


def oldest(old: list[Any] | None, new: list[Any]) -> list[Any]:
    """The earlier of two cells, likewise."""
    return (
        new
        if old is None or (new[1], new[2], _spelled(new)) < (old[1], old[2], _spelled(old))
        else old
    )


def spanning(old: list[str] | None, new: list[str]) -> list[str]:
    """First and last time of two pairs of them."""
    return [min(old[0], new[0]), max(old[1], new[1])] if old else new


def _both(one: Holder, other: Holder) -> Holder:
    """What was said of a thing under two names."""
    both: dict[str, Any] = {
        "facts": {
            **one["facts"],
            **{n: newest(one["facts"].get(n), cell) for n, cell in other["facts"].items()},
        },
        "happened": {
            **one["happened"],
            **{
                n: spanning(one["happened"].get(n), times) for n, times in other["happened"].items()
            },
        },
    }
    etas = [held["first_eta"] for held in (one, other) if "first_eta" in held]
    return both | {"first_eta": oldest(etas[0], etas[-1])} if etas else both


def _rank(holder: Holder, catalog: Catalog) -> int:
    ranks = catalog.ranks
    return max([ranks[name] for name in holder["happened"] if name in ranks], default=0)


def _spelled(cell: list[Any]) -> str:
    return json.dumps(cell[0], sort_keys=True)


def _first(things: Mapping[str, Holder]) -> str:
    if len(things) == 1:
        return next(iter(things))
    return min(things, key=lambda thing: (_first_seen(things[thing]), thing))


def _first_seen(thing: Holder) -> str:
    return min((times[0] for times in thing["happened"].values()), default="9")
