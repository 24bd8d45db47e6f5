"""What rules have set, granted or emitted themselves, and what was known before: a firing does not
read its own deeds when it is asked again.

A state keeps under `own` for each event of our own, by its key: when it happened, and for each
thing that it touched the cells and times that stood there before. Whatever somebody has stated
since is read as it is.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from engine.facts.state import Cell, Holder, State, cells_in, known_things, spans_in, stated_at

# So many of the newest are kept: a message is worth sending for days, not for ever.
_KEPT = 40
_WHOLE = frozenset({"order", "customer"})
_OWN = "own"
# Of which events of our own, by key and record, nothing is read.
IsUnread = Callable[[str, Mapping[str, Any]], bool]


def remember(
    before: State,
    after: State,
    event: tuple[str, str, int],
    touched: Iterable[tuple[str, str, Iterable[str], Iterable[str]]],
) -> None:
    """Note in a fresh state what an event of our own, by key, time and depth, has replaced: of each
    thing that it `touched`, by kind and id, which facts and which times.
    """
    key, at, depth = event
    was = [
        [kind, thing, _before(before, kind, thing, cells_in, names),
         _before(before, kind, thing, spans_in, times)]
        for kind, thing, names, times in touched
    ]  # fmt: skip
    known: dict[str, Any] = {**before.get(_OWN, {}), key: {"at": at, "depth": depth, "was": was}}
    newest = sorted(known, key=lambda one: (known[one]["at"], one))[-_KEPT:]
    after[_OWN] = {one: known[one] for one in newest}


def has_own(state: State | None) -> bool:
    """Whether an event of our own has touched a state."""
    return state is not None and _OWN in state


def without_own(state: State | None, is_unread: IsUnread) -> State | None:
    """The state without what some events of our own have brought about."""
    own = [one for key, one in (state or {}).get(_OWN, {}).items() if is_unread(key, one)]
    for record in sorted(own, key=lambda one: str(one["at"]), reverse=True):
        assert state is not None
        for kind, thing, cells, spans in record["was"]:
            state = _undone(state, (kind, thing), record["at"], cells, spans)
    return state


def own_happenings(state: State | None, is_unread: IsUnread) -> set[tuple[str, str]]:
    """The type and time of every such event of our own."""
    return {
        (key.rpartition("/")[2], record["at"])
        for key, record in (state or {}).get(_OWN, {}).items()
        if is_unread(key, record)
    }


def _before(state: State, kind: str, thing: str, part: Any, names: Iterable[str]) -> dict[str, Any]:
    held = state if kind in _WHOLE else known_things(state, kind).get(thing)
    known: Mapping[str, Any] = part(held) if held is not None else {}
    return {name: known.get(name) for name in names}


def _undone(
    state: State,
    which: tuple[str, str],
    at: str,
    cells: Mapping[str, Cell | None],
    spans: Mapping[str, list[str] | None],
) -> State:
    kind, thing = which
    held: Holder | None = state if kind in _WHOLE else known_things(state, kind).get(thing)
    if held is None:
        return state
    mine = {name: old for name, old in cells.items() if _is_of(cells_in(held).get(name), at)}
    facts = _restored(cells_in(held), mine)
    times = {name: old for name, old in spans.items() if at in (spans_in(held).get(name) or ())}
    restored = {**held, "facts": facts, "happened": _restored(spans_in(held), times)}
    if kind in _WHOLE:
        return restored
    others = {name: one for name, one in known_things(state, kind).items() if name != thing}
    if facts or restored["happened"]:
        others[thing] = restored
    return {**state, "things": {**state["things"], kind: others}}


def _is_of(held: Cell | None, at: str) -> bool:
    return held is not None and stated_at(held) == at


def _restored(known: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """As it was before: what had not been known then is unknown again."""
    left = {name: one for name, one in known.items() if name not in before}
    return left | {name: one for name, one in before.items() if one is not None}
