"""Aliases: a thing has every name its senders use. Which thing a name means, and that two things
turn out to be one.

A name is known in a home, the subject (order or customer) in which its thing lives: two orders may
each have a parcel 1. What names no order is about the one that last used the name.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from engine.catalog.catalog import CONTAINER, DATA_NAME, NAMES, OF_ORDER
from engine.catalog.rows import changed, row
from engine.facts.events import Event, is_id
from engine.facts.naming import Naming, own_id
from engine.facts.state import State, cells_in, known_things, value_in

# A shop, a kind of thing, and a name of one there.
ThingName = tuple[str, str, str]
# Each home that uses a name, the newest last, and the thing that it means there.
Homes = Mapping[str, str]
KnownHomes = Callable[[ThingName], Homes]

# A perk's name tells what it is, and more than one customer may have it.
_ALIASED = frozenset(CONTAINER) - {"order", "perk"}


@row
class JoinedThing:
    """A thing of a home that turned out to be another one: what was known under `name` is kept
    under `into` from now on.
    """

    home: str
    kind: str
    name: str
    into: str

    def occurrence(self, name: str, naming: Naming) -> str:
        """The name of a firing, or the value of a once-key, after it."""
        old = re.escape(f"{self.kind}:{naming.plain(self.name)}")
        new = f"{self.kind}:{naming.plain(self.into)}"
        return re.sub(rf"(?<![^+]){old}(?![^+])", lambda _: new, name)

    def about(self, about: tuple[str, str] | None) -> tuple[str, str] | None:
        """What something is about, after it."""
        return (self.kind, self.into) if about == (self.kind, self.name) else about

    def event(self, event: Event) -> Event:
        """An event of that home, after it."""
        if event.things.get(self.kind) != self.name:
            return event
        return changed(event, things={**event.things, self.kind: self.into})


def names_in(event: Event) -> Iterator[ThingName]:
    """Every name by which an event names a thing, those of its own life's kind first."""
    for kind in sorted(_ALIASED & event.things.keys(), key=lambda one: (one not in OF_ORDER, one)):
        for name in _names_of(event, kind):
            yield event.shop, kind, name


def placed(event: Event, homes: KnownHomes) -> Event:
    """An event that names a known parcel, return or review names its order; else one that names any
    known thing of a customer names that customer.
    """
    if event.order is not None:
        return event
    for shop, kind, name in names_in(event):
        for home in reversed(list(homes((shop, kind, name)))):
            if home.startswith("order:") and kind in OF_ORDER:
                return changed(event, order=own_id(home))
            if event.customer is None and home.startswith("customer:"):
                return changed(event, customer=own_id(home))
    return event


def known_as(
    event: Event, home: str, homes: KnownHomes, state: State | None
) -> tuple[Event, list[JoinedThing]]:
    """The event with its things of this home under the names by which they are kept there, and the
    things that it shows to be one.
    """
    things, joins = dict(event.things), list[JoinedThing]()
    for kind in sorted(OF_ORDER & event.things.keys()):
        names = _names_of(event, kind)
        known = (_thing_named((event.shop, kind, name), home, homes, state) for name in names)
        kept, *others = list(dict.fromkeys(filter(None, known))) or names[:1]
        things[kind] = kept
        joins += [JoinedThing(home, kind, other, kept) for other in others]
    return (event if things == event.things else changed(event, things=things)), joins


def renamed_home(homes: Homes, old: str, new: str) -> dict[str, str]:
    """The homes of a name after one of them, a customer, turned out to be another one."""
    found: dict[str, str] = {}
    for home, thing in homes.items():
        found.setdefault(new if home == old else home, thing)
    return found


def _names_of(event: Event, kind: str) -> list[str]:
    """Every name that an event gives one thing, the one that names it first."""
    prefix = DATA_NAME.get(kind, kind)
    stated = (event.data.get(f"{prefix}.{key}") for key in NAMES[kind])
    names = (event.things.get(kind), *stated)
    return list(dict.fromkeys(one for one in names if isinstance(one, str) and is_id(one)))


def _thing_named(name: ThingName, home: str, homes: KnownHomes, state: State | None) -> str | None:
    """The thing that a name means in a home, also where only its own facts tell."""
    if thing := homes(name).get(home):
        return thing
    if state is None:
        return None
    _, kind, text = name
    by_id = known_things(state, kind)
    if text in by_id:
        return text
    facts = [f"{DATA_NAME.get(kind, kind)}.{key}" for key in NAMES[kind]]
    for thing, held in by_id.items():
        cells = cells_in(held)
        for fact in facts:
            if fact in cells and value_in(cells[fact]) == text:
                return thing
    return None
