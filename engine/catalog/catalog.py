"""The catalog: every event, what it is about, its facts and their types. No two things share a
name.
"""

import difflib
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Literal, get_args

from engine.catalog.builtin_events import EVENTS
from engine.catalog.builtin_facts import FACTS
from engine.catalog.values import FactType, Kind

# What contains what: a rule about a thing reads the thing and everything that contains it.
CONTAINER = {
    "shipment": "order",
    "return": "order",
    "review": "order",
    "order": "customer",
    "subscription": "customer",
    "case": "customer",
    "lot": "customer",
    "perk": "customer",
}
# Everything that an event, and so a rule, may be about.
THINGS = frozenset(CONTAINER) | {"customer"}
# Under which name an event's data carries a thing, where that is not the thing's own.
DATA_NAME = {"case": "support"}
# By which of its facts a thing is known; a sender may tell any of them, and the first that is told
# names it.
NAMES: Mapping[str, tuple[str, ...]] = dict.fromkeys(("customer", *CONTAINER), ("id",)) | {
    "shipment": ("id", "tracking_number"),
    "perk": ("name",),
}
# The facts by which a helpdesk, a payer and a loyalty programme know a customer, by kinds of names.
PERSON_NAMES: Mapping[str, str] = {
    "helpdesk": "customer.helpdesk_id",
    "payer": "customer.payer_id",
    "loyalty": "customer.loyalty_id",
}
# Things whose life is part of the order's journey; all others belong to the customer's.
OF_ORDER = frozenset({"order", "shipment", "return", "review"})
# Which kind of thing holds the facts of a prefix; all other prefixes are the customer's.
OWNER = {name: name for name in CONTAINER} | {
    "support": "case",
    "carrier": "shipment",
    "refund": "order",
    "item": "item",
    "product": "product",
}
# What else the engine needs to know of an event:
# ends        its order may be over afterwards, so that the order's journey can end
# wakes       the journey looks at it even where no rule listens, since a perk may have ended
# called_off  a return that this event happened to does not count as one
# unscanned   the parcel was not scanned for it
Mark = Literal["ends", "wakes", "called_off", "unscanned"]


@dataclass(frozen=True, slots=True)
class EventType:
    """One event of the catalog.

    `rank` orders the life of its thing, `repeats` says that it may bring news again, `follows`
    names the event from which it is derived where no sender states it. It `takes_back` events of
    the same thing, `anew` are those that it lets begin anew, and it `clears` facts of the thing.
    """

    name: str
    about: str
    rank: int | None = None
    repeats: bool = False
    follows: str | None = None
    takes_back: tuple[str, ...] = ()
    anew: tuple[str, ...] = ()
    clears: tuple[str, ...] = ()
    marks: frozenset[Mark] = frozenset()
    meaning: str = field(default="", compare=False, repr=False)

    @property
    def derived(self) -> bool:
        """Whether it follows from other events, so that no sender states it."""
        return self.follows is not None


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact: what conditions read. `default` is its value while nobody has said anything.

    `derived` facts are worked out from others; a sender's word for them is passed over.
    """

    name: str
    type: FactType
    default: object = None
    optional: bool = False
    personal: bool = False
    set_by_rules: bool = False
    thing: str = ""
    derived: bool = False
    meaning: str = field(default="", compare=False, repr=False)

    @property
    def owner(self) -> str:
        """The kind of thing that has this fact; a team's own facts say it in `thing`."""
        return self.thing or OWNER.get(self.name.partition(".")[0], "customer")


@dataclass(frozen=True)
class Catalog:
    """Events and facts by name."""

    events: Mapping[str, EventType]
    facts: Mapping[str, Fact]
    segments: Mapping[str, object] = field(default_factory=dict)

    @cached_property
    def hash(self) -> str:
        """Identifies what a fold result was made with; no text, type or default is part of it."""
        events = sorted(self.events.values(), key=lambda event: event.name)
        spelled = repr(
            (sorted(self.places.items()), [(one.name, one.rank, one.clears) for one in events])
        )
        return hashlib.sha256(spelled.encode()).hexdigest()[:16]

    @cached_property
    def places(self) -> Mapping[str, str]:
        """The kind of thing with which a state keeps each stated fact, and each event's times."""
        return {**self.owners, **{name: event.about for name, event in self.events.items()}}

    def event(self, name: str) -> EventType:
        """An event that was accepted, also one that the catalog knows no more: it is about what its
        name says.
        """
        if (known := self.events.get(name)) is not None:
            return known
        about = OWNER.get(name.partition(".")[0], "customer")
        return EventType(name, about if about in THINGS else "customer")

    @cached_property
    def ranks(self) -> Mapping[str, int]:
        """How far each event brings its thing; 0 where it has no rank."""
        return {name: event.rank or 0 for name, event in self.events.items()}

    @cached_property
    def facts_of(self) -> Mapping[str, Mapping[str, Fact]]:
        """The facts by the two parts of their names, as the data of an event nests them."""
        found: dict[str, dict[str, Fact]] = {}
        for name, fact in self.facts.items():
            prefix, _, key = name.partition(".")
            found.setdefault(prefix, {})[key] = fact
        return found

    @cached_property
    def owners(self) -> Mapping[str, str]:
        """The kind of thing that has each fact, without the derived ones."""
        return {name: fact.owner for name, fact in self.facts.items() if not fact.derived}

    def corrected(self, names: Iterable[str]) -> frozenset[str]:
        """These events, and all that may take one of them back or let it begin anew."""
        wanted = frozenset(names)
        anew = [one for one in self.events.values() if not wanted.isdisjoint(one.anew)]
        return wanted.union(
            (one.name for one in self.events.values() if not wanted.isdisjoint(one.takes_back)),
            *((one.name, *one.takes_back) for one in anew),
        )

    def marked(self, mark: Mark) -> frozenset[str]:
        """The names of the events that carry a mark."""
        return frozenset(event.name for event in self.events.values() if mark in event.marks)

    def suggestion(self, name: str) -> str | None:
        """The closest event or fact to a name that does not exist."""
        return closest(name, [*self.events, *self.facts])

    def extended(self, events: Iterable[EventType], facts: Iterable[Fact]) -> "Catalog":
        """This catalog with a team's own events and facts; a fact of the same name is redefined."""
        added = {event.name: event for event in events}
        own = {fact.name: self._redefined(fact) for fact in facts}
        happened = {fact.name: fact for fact in map(_happened_at, added.values())}
        return Catalog(dict(self.events) | added, dict(self.facts) | happened | own, self.segments)

    def _redefined(self, fact: Fact) -> Fact:
        """A fact as a team defines it: what is derived stays derived, and keeps its meaning."""
        if (known := self.facts.get(fact.name)) is None:
            return fact
        return replace(fact, derived=known.derived, meaning=fact.meaning or known.meaning)


def closest(name: str, known: Iterable[str]) -> str | None:
    """The known name that a person most likely meant, if any comes near."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


@cache
def builtin() -> Catalog:
    """The catalog that the product ships."""
    events = {event.name: event for event in map(_event, *_columns(EVENTS))}
    facts = {fact.name: fact for fact in map(_fact, *_columns(FACTS))}
    return Catalog(events, {fact.name: fact for fact in map(_happened_at, events.values())} | facts)


def _happened_at(event: EventType) -> Fact:
    by_name = OWNER.get(event.name.partition(".")[0], "customer")
    thing = "" if by_name == event.about else event.about
    which = "last" if event.repeats else "first"
    meaning = f"When {event.name} happened {which}."
    name, kind = f"{event.name}_at", FactType("datetime")
    return Fact(name, kind, optional=True, thing=thing, meaning=meaning)


def _columns(table: str) -> tuple[list[str], list[str]]:
    """The entries of a table, and what each means: the indented lines below it."""
    entries: list[str] = []
    meanings: list[str] = []
    for line in filter(None, table.splitlines()):
        if not line.startswith(" "):
            entries.append(line)
            meanings.append("")
        else:
            meanings[-1] = f"{meanings[-1]} {line.strip()}".lstrip()
    return entries, meanings


def _event(entry: str, meaning: str) -> EventType:
    name, _, rest = entry.partition(": ")
    about, *words = rest.split()
    return EventType(
        name,
        about,
        rank=next((int(word) for word in words if word.isdigit()), None),
        repeats="again" in words,
        follows=next(iter(_named_after("follows", words)), None),
        takes_back=_spelled_out("takes_back", words, name),
        anew=_spelled_out("anew", words, name),
        clears=_spelled_out("clears", words, name),
        marks=frozenset(mark for mark in get_args(Mark) if mark in words),
        meaning=meaning,
    )


def _named_after(keyword: str, words: list[str]) -> tuple[str, ...]:
    """The names behind a word of an entry."""
    return tuple(words[words.index(keyword) + 1].split(",")) if keyword in words else ()


def _spelled_out(keyword: str, words: list[str], event: str) -> tuple[str, ...]:
    """The names behind a word of an entry; one without a dot has the prefix of its event."""
    prefix = event.partition(".")[0]
    listed = _named_after(keyword, words)
    return tuple(name if "." in name else f"{prefix}.{name}" for name in listed)


def _fact(entry: str, meaning: str) -> Fact:
    defined, _, marks = (part.strip() for part in entry.partition("|"))
    name, _, rest = defined.partition(": ")
    spelled, _, default = (part.strip() for part in rest.partition("="))
    kind = fact_type(spelled.removesuffix("?"))
    return Fact(
        name,
        kind,
        _default(kind.kind, default),
        optional=spelled.endswith("?"),
        personal="personal" in marks,
        derived="derived" in marks,
        meaning=meaning,
    )


def fact_type(spelled: str) -> FactType:
    """The type that `integer` or `[a, b]` spells."""
    if spelled.startswith("["):
        return FactType("enum", tuple(value.strip() for value in spelled.strip("[]").split(",")))
    return FactType(spelled)  # type: ignore[arg-type]  # spelled out in the table below and checked by its test


def _default(kind: Kind, spelled: str) -> object:
    if not spelled:
        return None
    match kind:
        case "integer":
            return int(spelled)
        case "boolean":
            return spelled == "true"
        case "list":
            return []
        case _:
            return spelled
