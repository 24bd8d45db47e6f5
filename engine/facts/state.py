"""The stored state of a subject (one order or one customer): the one module that knows its shape.

A state is JSON. `facts` has a cell for each stated fact, `happened` the first and the last time of
each event, `things` both for every parcel, return or perk, by kind and id. A cell is `[value, at,
rank]`: what was stated, when the event that states it occurred, and how far that event brings its
thing. A fourth place says until when the value holds, where a rule has set it for a time. `times`
has every time of an event that may be taken back, `corrected` when something truly happened and
when that was stated. Instants are text in the canonical spelling, so that they compare as text.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from operator import itemgetter
from typing import Any

from engine.catalog.channels import ADDRESS_OF
from engine.catalog.values import instant
from engine.facts.events import Event

State = dict[str, Any]
# What keeps facts and times: a thing within a state, or the state itself for its order or customer.
Holder = Mapping[str, Any]
Cell = list[Any]
# The first and the last time that something happened.
TimeSpan = list[str]
# What was said of an address and when, by the fact that states it.
AddressWords = Mapping[str, list[str]]

# The id of a thing whose sender gives none: there is only one.
ONLY = "only"
# What states an address.
_STATES_ADDRESS = frozenset(ADDRESS_OF.values())
# Later than every instant: until when a value holds that nobody has limited.
FOR_EVER = "9"
# More uses of one perk than this are not counted one by one.
_USES_KEPT = 100
# More times of one event that may be taken back than this are not kept one by one.
_TIMES_KEPT = 100
# What a state is about as a whole; all else is a thing within it.
_WHOLE = frozenset({"order", "customer"})
_VALUE, _AT, _RANK, _UNTIL = range(4)

# One encoder for all values: `json.dumps` makes one each time.
_spelled = json.JSONEncoder(sort_keys=True).encode
# Getters and not functions: a decision reads some hundred cells.
value_in: Callable[[Cell], Any] = itemgetter(_VALUE)
stated_at: Callable[[Cell], str] = itemgetter(_AT)
first_in: Callable[[TimeSpan], str] = itemgetter(0)
last_in: Callable[[TimeSpan], str] = itemgetter(1)
cells_in: Callable[[Holder], Mapping[str, Cell]] = itemgetter("facts")
spans_in: Callable[[Holder], Mapping[str, TimeSpan]] = itemgetter("happened")


def empty() -> State:
    """The state of a subject of which nothing is known."""
    return {"facts": {}, "happened": {}, "things": {}}


def of_facts(facts: Iterable[tuple[str, str, str, Any]], at: str = "") -> State:
    """A state of which only facts are known: kind and id of a thing, a fact of it, its value."""
    state = empty()
    for kind, thing, fact, value in facts:
        holder = state if kind in _WHOLE else _held(state, kind, thing)
        holder["facts"][fact] = cell(value, at)
    return state


def nothing() -> dict[str, Any]:
    """A thing of which nothing is known."""
    return {"facts": {}, "happened": {}}


def of_times(times: Mapping[str, list[str]]) -> Holder:
    """A thing of which only this is known: every time, the earliest first, that something happened
    to it.
    """
    spans = {name: [known[0], known[-1]] for name, known in times.items()}
    return {"facts": {}, "happened": spans, "times": times}


def cell(value: Any, at: str, rank: int = 0, until: str | None = None) -> Cell:
    """What an event states of one fact; `until` None means for ever."""
    return [value, at, rank] if until is None else [value, at, rank, until]


def stated_again(held: Cell, at: str) -> Cell:
    """The same value, as if it had been stated at another time."""
    return [held[_VALUE], at, *held[_RANK:]]


def holds_until(held: Cell) -> str:
    """Until when a value holds, `FOR_EVER` unless a rule has set it for a time."""
    until: str = held[_UNTIL] if len(held) > _UNTIL else FOR_EVER
    return until


def stated(holder: Holder, fact: str) -> Any:
    """The value that was stated last of a fact; None if nobody has stated it."""
    held = holder["facts"].get(fact)
    return None if held is None else held[_VALUE]


def first_heard_of(holder: Holder) -> str | None:
    """When the first of all events happened to a thing; None if none did."""
    return min(map(first_in, holder["happened"].values()), default=None)


def known_things(state: State, kind: str) -> Mapping[str, Holder]:
    """Every thing of a kind by its id, as senders named them."""
    found: Mapping[str, Holder] = state["things"].get(kind, {})
    return found


def times_in(holder: Holder, event: str) -> list[str]:
    """Every known time of an event, the earliest first; of one that cannot be taken back the first
    and the last.
    """
    times: list[str] = holder.get("times", {}).get(event) or holder["happened"].get(event, [])
    return times


def true_time_in(holder: Holder, event: str) -> tuple[str, str] | None:
    """When the newest correction of an event that states a time was made, and that time."""
    found = holder.get("corrected", {}).get(event)
    return (found[0], found[1]) if found else None


def newest(old: Cell | None, new: Cell) -> Cell:
    """The later of two cells by time, then rank, then value, in whatever order they arrive."""
    return new if old is None or _is_after(new, old) else old


def oldest(old: Cell | None, new: Cell) -> Cell:
    """The earlier of two cells, by the same order."""
    return new if old is None or _is_after(old, new) else old


def spanning(old: TimeSpan | None, new: TimeSpan) -> TimeSpan:
    """First and last time of two pairs of them."""
    return [min(old[0], new[0]), max(old[1], new[1])] if old else new


def put(
    state: State, kind: str, thing: str, cells: Mapping[str, Cell], spans: Mapping[str, TimeSpan]
) -> None:
    """Cells and times of a thing into a new state.

    `state` itself must be a fresh copy; all that hangs on it may be shared and is copied here.
    """
    _add(_fresh(state, kind, thing), cells, spans)


def both(one: Holder, other: Holder) -> Holder:
    """What was stated of one thing under two names."""
    merged: dict[str, Any] = {
        "facts": _merged(one["facts"], other["facts"], newest),
        "happened": _merged(one["happened"], other["happened"], spanning),
    }
    if used := {*one.get("used", ()), *other.get("used", ())}:
        merged["used"] = sorted(used)[-_USES_KEPT:]
    etas = [held["first_eta"] for held in (one, other) if "first_eta" in held]
    if etas:
        merged["first_eta"] = oldest(etas[0], etas[-1])
    if names := {*one.get("times", ()), *other.get("times", ())}:
        merged["times"] = {
            name: _all_times(times_in(one, name), times_in(other, name)) for name in names
        }
    if "corrected" in one or "corrected" in other:
        merged["corrected"] = _merged(
            one.get("corrected", {}), other.get("corrected", {}), _last_word
        )
    return merged


def joined(state: State, kind: str, name: str, into: str) -> State:
    """The state in which what was stated of a thing under two names is kept under one of them."""
    by_id = known_things(state, kind)
    if name not in by_id:
        return state
    kept = {thing: held for thing, held in by_id.items() if thing != name}
    kept[into] = both(kept[into], by_id[name]) if into in kept else by_id[name]
    return {**state, "things": {**state["things"], kind: kept}}


def without_facts(state: State, is_left_out: Callable[[str], bool]) -> State:
    """The state without some of its facts, also of its things."""

    def kept(cells: Mapping[str, Cell]) -> dict[str, Cell]:
        return {name: held for name, held in cells.items() if not is_left_out(name)}

    things = {
        kind: {thing: {**held, "facts": kept(held["facts"])} for thing, held in by_id.items()}
        for kind, by_id in state["things"].items()
    }
    return {**state, "facts": kept(state["facts"]), "things": things}


def first_eta_in(holder: Holder) -> str | None:
    """The day on which a parcel was expected at first, as a date is spelled."""
    held = holder.get("first_eta")
    return str(held[_VALUE]) if held else None


def count_use(state: State, perk: str, at: str) -> None:
    """A use of a perk whose sender does not state how many are left; the same use stated twice
    counts once.
    """
    perks = state["things"]["perk"]
    uses = sorted({*perks[perk].get("used", ()), at})[-_USES_KEPT:]
    state["things"] = {**state["things"], "perk": {**perks, perk: {**perks[perk], "used": uses}}}


def note_time(state: State, kind: str, thing: str, word: tuple[str, str]) -> None:
    """That an event which may be taken back happened, by its name and instant; `state` must be a
    fresh copy.
    """
    event, at = word
    held = _fresh(state, kind, thing)
    held["times"] = {**held.get("times", {}), event: _all_times(times_in(held, event), [at])}


def note_true_time(state: State, kind: str, thing: str, word: tuple[str, str, str]) -> None:
    """When an event truly happened, by its name, the instant of the correction and the true one;
    `state` must be a fresh copy.
    """
    event, stated, at = word
    held = _fresh(state, kind, thing)
    known = held.get("corrected", {})
    held["corrected"] = {**known, event: _last_word(known.get(event), [stated, at])}


def uses_after(holder: Holder, at: str) -> list[str]:
    """When a perk was used after a moment, the earliest use first."""
    return [use for use in holder.get("used", ()) if use > at]


def name_customer(order: State, event: Event) -> None:
    """Who an order belongs to, as this event names them; `order` must be a fresh copy."""
    if event.customer:
        named = cell(event.customer, instant(event.occurred_at))
        order["customer"] = newest(order.get("customer"), named)


def belonging_to(customer: str, order: State, at: str) -> State:
    """The state of an order that belongs to this customer."""
    return {**order, "customer": cell(customer, at)}


def handed_to(customer: str, order: State) -> State:
    """The state of an order whose customer is known by this id from now on."""
    at = stated_at(order["customer"]) if "customer" in order else ""
    return belonging_to(customer, order, at)


def customer_of(order: State | None) -> str | None:
    """The id of the customer an order belongs to, once an event has named one."""
    return order["customer"][_VALUE] if order and "customer" in order else None


def note_contact(order: State, event: Event) -> None:
    """Where an order's own events say that its customer is reached, if anywhere; `order` must be a
    fresh copy.
    """
    _note_words(order, "contact", event)


def contact_in(order: State | None) -> AddressWords:
    """What the events of an order said of its customer's addresses, by fact."""
    found: AddressWords = (order or {}).get("contact", {})
    return found


def note_own_words(customer: State, event: Event) -> None:
    """What a customer says of their addresses for no order alone; `customer` must be a fresh
    copy.
    """
    if event.order is None:
        _note_words(customer, "words", event)


def own_words(customer: State | None) -> AddressWords:
    """What a customer said of their addresses for no order alone, by fact."""
    found: AddressWords = (customer or {}).get("words", {})
    return found


def stated_later(holder: Holder, fact: str, than: str) -> bool:
    """Whether a fact was stated after an instant."""
    held = holder["facts"].get(fact)
    return held is not None and stated_at(held) > than


def addresses_in(customer: State | None) -> Mapping[str, str]:
    """Addresses by channel that no event states, such as those of push; an empty one stands for
    none. They hold until a fact says otherwise, after `reached_since`.
    """
    addresses: Mapping[str, str] = (customer or {}).get("reach", {})
    return addresses


def reached_since(customer: State | None) -> str:
    """Since when the customer has the addresses that no event states."""
    since: str = (customer or {}).get("reached_since", FOR_EVER)
    return since


def reached_at(customer: State, addresses: Mapping[str, str], at: str) -> State:
    """The state of a customer who has these addresses by channel from an instant on."""
    return {**customer, "reach": dict(addresses), "reached_since": at}


def is_erased(customer: State | None) -> bool:
    """Whether a customer has been erased."""
    return customer is not None and "erased" in customer


def marked_erased(customer: State, at: str) -> State:
    """The state of a customer who is erased from this instant on."""
    return {**customer, "erased": at}


def _note_words(state: State, name: str, event: Event) -> None:
    if _STATES_ADDRESS.isdisjoint(event.data):
        return
    at, old = instant(event.occurred_at), state.get(name, {})
    stated = {fact: str(event.data[fact]) for fact in _STATES_ADDRESS if fact in event.data}
    new = {fact: [text, at] for fact, text in stated.items() if text.strip() or name == "words"}
    state[name] = {
        **old,
        **{fact: max(word, old.get(fact, word), key=later_word) for fact, word in new.items()},
    }


def later_word(word: list[str]) -> tuple[str, str]:
    """By what two words about an address are told apart: the later one holds."""
    return word[1], word[0]


def _held(state: State, kind: str, thing: str) -> dict[str, Any]:
    held: dict[str, Any] = state["things"].setdefault(kind, {}).setdefault(thing, nothing())
    return held


def _fresh(state: State, kind: str, thing: str) -> dict[str, Any]:
    """A copy of what is kept of a thing, in its place within a fresh state."""
    if kind in _WHOLE:
        return state
    of_kind = state["things"].get(kind, {})
    held = dict(of_kind.get(thing) or nothing())
    state["things"] = {**state["things"], kind: {**of_kind, thing: held}}
    return held


def _all_times(one: Iterable[str] | None, other: Iterable[str] | None) -> list[str]:
    return sorted({*(one or ()), *(other or ())})[-_TIMES_KEPT:]


def _last_word(one: list[str] | None, other: list[str] | None) -> list[str]:
    """The newer of two corrections; of two of one instant the later time."""
    return max(one or [], other or [])


def _add(held: dict[str, Any], cells: Mapping[str, Cell], spans: Mapping[str, TimeSpan]) -> None:
    if cells:
        facts = held["facts"] = held["facts"].copy()
        for name, new in cells.items():
            facts[name] = newest(facts.get(name), new)
        if eta := cells.get("shipment.eta"):
            held["first_eta"] = oldest(held.get("first_eta"), eta)
    if spans:
        happened = held["happened"] = held["happened"].copy()
        for name, span in spans.items():
            happened[name] = spanning(happened.get(name), span)


def _merged(
    one: Mapping[str, Any], other: Mapping[str, Any], choose: Callable[[Any, Any], Any]
) -> dict[str, Any]:
    return {**one, **{name: choose(one.get(name), more) for name, more in other.items()}}


def _is_after(one: Cell, other: Cell) -> bool:
    """Whether a cell is later than another by time, then rank, then value."""
    if one[_AT] != other[_AT]:
        return bool(one[_AT] > other[_AT])
    if one[_RANK] != other[_RANK]:
        return bool(one[_RANK] > other[_RANK])
    return _spelled(one[_VALUE]) > _spelled(other[_VALUE])
