"""One scenario test: who there is, what is told when, and what is expected of it. Times are
instants in UTC.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from engine.catalog.values import Value
from engine.conditions.condition import Position
from engine.rules.ruleset import Ruleset

# The shop of a test that names none.
SHOP = "shop"


@dataclass(frozen=True, slots=True)
class Person:
    """A customer as stated at the start. `consents` None means to everything."""

    name: str
    id: str
    can_receive: tuple[str, ...] = ("email",)
    consents: tuple[str, ...] | None = None
    is_held_out: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Purchase:
    """An order as stated at the start; `customer` and `shop` are names."""

    id: str
    customer: str
    shop: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EventLine:
    """An event that becomes known at `at`, so many `times`; `happened` is when it occurred.

    `names` are ids of the things it names, `mentioned` all kinds of things it is about, named or
    not, `facts` JSON by dotted name.
    """

    position: Position
    at: datetime
    event: str
    happened: datetime
    times: int
    customer: str | None = None
    order: str | None = None
    shop: str = SHOP
    names: Mapping[str, str] = field(default_factory=dict)
    mentioned: frozenset[str] = frozenset()
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AlreadySent:
    """A message the customer has had, which counts for caps and mix."""

    position: Position
    at: datetime
    template: str
    category: str
    customer: str
    order: str | None
    channel: str | None
    shop: str = SHOP


@dataclass(frozen=True, slots=True)
class OtherRulesPublished:
    """Rules that become the active ones."""

    position: Position
    at: datetime
    ruleset: Ruleset


@dataclass(frozen=True, slots=True)
class Wanted:
    """A deed that must happen; what is None, or not in `values`, is not compared."""

    position: Position
    kind: str
    name: str
    at: datetime | None = None
    order: str | None = None
    customer: str | None = None
    channel: str | None = None
    says: tuple[str, ...] = ()
    ends: date | datetime | None = None
    gathers: tuple[str, ...] | None = None
    categories: frozenset[str] | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Because:
    """A reason a rule must have given; with `order` about that order only. `until` None means any
    time.
    """

    position: Position
    rule: str
    reason: str
    by: str = ""
    until: datetime | None = None
    order: str | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """A line that says what must have happened (None: nothing is said about that), and why not
    more.
    """

    position: Position
    at: datetime
    deeds: tuple[Wanted, ...] | None
    because: tuple[Because, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerQuestion:
    """A question about an answer, and what of it is compared: `is`, `ends_on`, `open`.

    `thing` is the item, return or subscription it is about, None for the only one there is.
    """

    position: Position
    at: datetime
    answer: str
    thing: str | None
    order: str | None
    customer: str
    shop: str
    expected: Mapping[str, Value]


StoryLine = EventLine | AlreadySent | OtherRulesPublished | Expected | AnswerQuestion


@dataclass(frozen=True, slots=True)
class KnownFailure:
    """Why a test is known to fail, and where that stands."""

    why: str
    position: Position


@dataclass(frozen=True, slots=True)
class Scenario:
    """One test of a file. `results` gives for an action its answers in turn; `zone` is that of
    every time in it.

    `todo` says why it is known to fail.
    """

    position: Position
    name: str
    people: Mapping[str, Person]
    customer: str
    orders: Mapping[str, Purchase]
    only: tuple[str, ...] | None
    results: Mapping[str, Sequence[Any]]
    starts: datetime
    zone: str
    story: tuple[StoryLine, ...]
    todo: KnownFailure | None = None
    shops: Mapping[str, str] = field(default_factory=lambda: {SHOP: SHOP})

    @property
    def shop(self) -> str:
        """The id of the first shop."""
        return next(iter(self.shops.values()))
