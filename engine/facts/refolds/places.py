"""The refold: where a catalog keeps a name with another kind of thing than the one before, what
events said under that name is put there, from the log.

All else that a state holds is left as it is: much of it is no fold of its own log alone, such as
whose an order is, or what was said of a customer under an order that is another's by now. Nothing
is asked and nothing fires. A fact that is declared anew is known from the next event on, since an
event keeps only the facts that were known when it came.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from engine.catalog.catalog import Catalog, builtin
from engine.facts.events import Event, counted_from
from engine.facts.fold import kept_under
from engine.facts.state import State, cells_in, spans_in

# An event of the log, and when it became known.
Past = tuple[Event, datetime]


def own_places(known: Mapping[str, str], catalog: Catalog) -> dict[str, str]:
    """With what kind of thing each name of the team is kept, also those of former catalogs that
    this one knows no more: their values are still where they were.
    """
    shipped = builtin().places
    own = {name: at for name, at in catalog.places.items() if shipped.get(name) != at}
    return {name: catalog.places.get(name, at) for name, at in known.items()} | own


def moved_names(known: Mapping[str, str], catalog: Catalog) -> frozenset[str]:
    """The names that a catalog keeps elsewhere than where they are known to be kept."""
    return frozenset(name for name, at in known.items() if catalog.places.get(name, at) != at)


def refolded(
    state: State, subject: str, names: frozenset[str], past: Iterable[Past], catalog: Catalog
) -> State:
    """The state of a subject with what its events said under these names where the catalog keeps
    them now; what no event said stays as it is.
    """
    events = [_dated(event, known_at) for event, known_at in past if not event.derived]
    said = names & {name for event in events for name in (event.type, *event.data)}
    if not said:
        return state
    after = _without(state, said)
    for event in events:
        after = kept_under(after, subject, event, said, catalog)
    return after


def _dated(event: Event, known_at: datetime) -> Event:
    """An event of before senders' clocks were doubted counts from its arrival at the latest."""
    if event.origin.is_trusted:
        return event
    return counted_from(event, known_at + event.origin.allowed)


def _without(state: State, names: frozenset[str]) -> State:
    """The state without facts and times of these names, and without things of which nothing else
    is known.
    """
    things = {
        kind: {
            thing: left
            for thing, held in by_id.items()
            for left in (_left_of(held, names),)
            if left is held or left["facts"] or left["happened"]
        }
        for kind, by_id in state["things"].items()
    }
    return {
        **_left_of(state, names),
        "things": {kind: some for kind, some in things.items() if some},
    }


def _left_of(held: Any, names: frozenset[str]) -> Any:
    cells, spans = cells_in(held), spans_in(held)
    if names.isdisjoint(cells) and names.isdisjoint(spans):
        return held
    return {
        **held,
        "facts": {name: one for name, one in cells.items() if name not in names},
        "happened": {name: one for name, one in spans.items() if name not in names},
    }
