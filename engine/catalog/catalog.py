"""The catalog: every event, what it is about, its facts and their types. No two things share a
name.
"""

import difflib
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property

from engine.catalog.builtin_events import EVENTS, FACTS, PERSONAL
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
# Under which name an event's data carries a thing, where that is not the thing's own.
DATA_NAME = {"case": "support"}
# Things whose life is part of the order's journey; all others belong to the customer's.
OF_ORDER = frozenset({"order", "shipment", "return", "review"})
# Which kind of thing holds the facts of a prefix; all other prefixes are the customer's.
OWNER = {name: name for name in CONTAINER} | {
    "support": "case",
    "carrier": "shipment",
    "item": "item",
    "product": "product",
}
# Facts that rules and roll-ups derive; a sender's word for them is passed over.
DERIVED = frozenset(
    {
        "order.eta",
        "order.parcels",
        "order.days_late",
        "order.shipments",
        "order.returned",
        "shipment.number",
        "shipment.days_late",
        "carrier.last_scan_at",
        "customer.perks",
        "customer.silenced",
        "customer.bought",
        "customer.sent_back",
        "customer.lifetime_orders",
        "customer.lifetime_spend",
        "support.open",
        "lot.points_that_day",
    }
)


@dataclass(frozen=True, slots=True)
class EventType:
    """One event of the catalog: `rank` orders the life of its thing, `repeats` says that it may
    bring news again.
    """

    name: str
    about: str
    rank: int | None = None
    repeats: bool = False
    derived: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact: what conditions read. `default` is its value while nobody has said anything."""

    name: str
    type: FactType
    default: object = None
    optional: bool = False
    personal: bool = False
    set_by_rules: bool = False
    thing: str = ""

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

    @property
    def hash(self) -> str:
        """Identifies what a fold result was made with."""
        told = repr(
            (sorted(self.events.values(), key=lambda e: e.name), sorted(self.facts.items()))
        )
        return hashlib.sha256(told.encode()).hexdigest()[:16]

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
        """The kind of thing that has each fact, those apart that only follow from others."""
        return {name: fact.owner for name, fact in self.facts.items() if name not in DERIVED}

    def suggestion(self, name: str) -> str | None:
        """The closest event or fact to a name that does not exist."""
        return closest(name, [*self.events, *self.facts])

    def extended(self, events: Iterable[EventType], facts: Iterable[Fact]) -> "Catalog":
        """This catalog with a team's own events and facts; a fact of the same name is redefined."""
        added = {event.name: event for event in events}
        own = {fact.name: fact for fact in facts}
        happened = {fact.name: fact for fact in map(_happened_at, added.values())}
        return Catalog(dict(self.events) | added, dict(self.facts) | happened | own, self.segments)


def closest(name: str, known: Iterable[str]) -> str | None:
    """The known name that a person most likely meant, if any comes near."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


@cache
def builtin() -> Catalog:
    """The catalog that the product ships."""
    events = {event.name: event for line in EVENTS.strip().splitlines() for event in _events(line)}
    facts = {fact.name: fact for line in FACTS.strip().splitlines() for fact in [_fact(line)]}
    return Catalog(events, {fact.name: fact for fact in map(_happened_at, events.values())} | facts)


def _happened_at(event: EventType) -> Fact:
    by_name = OWNER.get(event.name.partition(".")[0], "customer")
    thing = "" if by_name == event.about else event.about
    return Fact(f"{event.name}_at", FactType("datetime"), optional=True, thing=thing)


def _events(line: str) -> Iterable[EventType]:
    about, _, names = line.partition(":")
    for entry in names.split(","):
        name, *marks = entry.split()
        rank = next((int(mark) for mark in marks if mark.isdigit()), None)
        yield EventType(name, about.strip(), rank, "again" in marks, "derived" in marks)


def _fact(line: str) -> Fact:
    name, _, told = (part.strip() for part in line.partition(":"))
    spelled, _, default = (part.strip() for part in told.partition("="))
    optional = spelled.endswith("?")
    kind = fact_type(spelled.removesuffix("?"))
    return Fact(name, kind, _default(kind.kind, default), optional, personal=name in PERSONAL)


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
