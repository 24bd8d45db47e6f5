"""Everything that decides between messages: categories, caps, quiet hours, holdout, groups, mix,
digest, breakers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import Literal

from engine.catalog.calendar import QuietHours, ShopCalendar, Then
from engine.catalog.values import Duration
from engine.conditions.condition import Condition
from engine.rules.rule import Arguments

Ignorable = Literal["cap", "suppress", "holdout", "quiet_hours"]
CategoryKind = Literal["transactional", "marketing"]
Consent = Literal["opt_in", "none"]


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of message; the order of the list in policies.yaml settles every competition."""

    id: str
    kind: CategoryKind
    essential: bool = False
    ignores: frozenset[Ignorable] = frozenset()
    asks_review: bool = False
    title: str = ""
    consent: Consent = "opt_in"


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so many messages of these categories in a rolling window."""

    at_most: int
    per: Duration
    categories: tuple[str, ...]
    then: Then = "hold"
    valid_for: Duration | None = None


@dataclass(frozen=True, slots=True)
class Holdout:
    """A stable share of customers who never hear of these categories, for measuring."""

    percent: float
    salt: str
    categories: frozenset[str]


@dataclass(frozen=True, slots=True)
class Mix:
    """Never two in a row of these categories among the marketing sent to a customer, until the last
    is forgotten.
    """

    categories: tuple[str, ...]
    then: Literal["hold", "drop"]
    valid_for: Duration | None
    forgotten_after: Duration | None


@dataclass(frozen=True, slots=True)
class Digest:
    """Capped or mixed messages of these categories leave as one, counted once, when
    there is room.
    """

    categories: tuple[str, ...]
    at_least: int
    template: str
    send_at: time | None


@dataclass(frozen=True, slots=True)
class Breaker:
    """While its condition holds, firings of these rules wait, at most for `at_most`; opening is
    told once.
    """

    id: str
    conditions: tuple[Condition, ...]
    holds: tuple[str, ...]
    at_most: Duration
    tells_team: bool = False
    emits: str | None = None


@dataclass(frozen=True, slots=True)
class Attached:
    """Parameters that calls of these actions get unless `with` says them."""

    actions: tuple[str, ...]
    arguments: Arguments


@dataclass(frozen=True, slots=True)
class Recommend:
    """Where picks come from, and by reason what is never picked; what is unknown keeps the pick."""

    source: str
    never: Mapping[str, tuple[Condition, ...]]


@dataclass(frozen=True, slots=True)
class ShopCustoms:
    """What is usual in the shop.

    `zone_from` are the facts that tell a customer's time zone, the first that is known, else
    `zone_otherwise` holds. `locale` is the language where a customer's is not served.
    """

    zone_from: tuple[str, ...] = ()
    zone_otherwise: str = "UTC"
    locale: str = "en"
    currency: str | None = None
    calendar: ShopCalendar = ShopCalendar()  # frozen


@dataclass(frozen=True, slots=True)
class Policies:
    """Everything that decides between messages."""

    categories: tuple[Category, ...]
    quiet_hours: QuietHours | None
    caps: tuple[Cap, ...] = ()
    holdout: Holdout | None = None
    shop: ShopCustoms = ShopCustoms()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    mix: tuple[Mix, ...] = ()
    digest: Digest | None = None
    breakers: tuple[Breaker, ...] = ()
    attach: tuple[Attached, ...] = ()
    recommend: Recommend | None = None

    def category(self, name: str) -> Category | None:
        """The category of this name."""
        for category in self.categories:
            if category.id == name:
                return category
        return None

    def worth(self, name: str) -> int:
        """The place of a category in the order of worth, 0 first; unknown ones last."""
        return next(
            (i for i, category in enumerate(self.categories) if category.id == name),
            len(self.categories),
        )
