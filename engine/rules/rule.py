"""One rule: its triggers, its conditions and its actions, each with the place it stands at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Literal

from engine.catalog.channels import Channel
from engine.catalog.values import Duration, FactType, Value
from engine.conditions.condition import Condition, Position


@dataclass(frozen=True, slots=True)
class Listened:
    """An event as a rule names it; `by_customer` counts those of every order of the customer, not
    only this one.
    """

    event: str
    by_customer: bool = False


@dataclass(frozen=True, slots=True)
class OnEvent:
    """`when: shipment.shipped`."""

    event: str
    by_customer: bool = False


@dataclass(frozen=True, slots=True)
class After:
    """`when: 7 days after order.delivered at 10:00`; the delay may be the name of a duration, read
    when it begins.
    """

    delay: Duration | str
    event: str
    by_customer: bool = False
    at: time | None = None


@dataclass(frozen=True, slots=True)
class Near:
    """`when: 30, 14 and 3 days before loyalty.points_expire_at at 10:00`; `on` a date is an offset
    of no days.

    `offsets` are lengths or names of durations, all before the date or all after it.
    """

    offsets: tuple[Duration | str, ...]
    before: bool
    fact: str
    at: time | None = None


@dataclass(frozen=True, slots=True)
class Silence:
    """`when: 48 hours without shipment.scanned since shipment.shipped`: each `of` starts the clock
    again.
    """

    lasting: Duration | str
    of: Listened
    since: Listened
    at: time | None = None


@dataclass(frozen=True, slots=True)
class Every:
    """`when: every 2 weeks on tuesday at 10:00`; `day` is a weekday from 0 for Monday, or a day of
    the month from 1.
    """

    count: int
    period: Literal["day", "week", "month"]
    day: int | None
    at: time


Trigger = OnEvent | After | Near | Silence | Every


@dataclass(frozen=True, slots=True)
class Argument:
    """A value in `with`: either a constant or the dotted name of a fact that is read when the
    action runs.
    """

    constant: Value = None
    name: str | None = None


Arguments = Mapping[str, Argument]


ORDER_CONTACT, THE_CUSTOMER = "order.contact", "customer"


@dataclass(frozen=True, slots=True)
class Send:
    """`by` None means the customer's preferred order of channels; `valid_for` None means the
    category's default.

    `about` names the fact that says which product the message is about, for silences about a
    product. `to` is `order.contact`, `customer`, or a fact that holds an address; None is the
    order's contact where it has one, else the customer.
    """

    template: str
    category: str
    by: tuple[Channel, ...] | None
    valid_for: Duration | None
    arguments: Arguments
    position: Position
    send_at: time | None = None
    about: str | None = None
    only_if: tuple[Condition, ...] = ()
    to: str | None = None


@dataclass(frozen=True, slots=True)
class Suppress:
    """Silence for `categories`, for this order or across the customer, until one of `until` or
    `at_most` is over.
    """

    categories: tuple[str, ...]
    at_most: Duration
    until: tuple[Listened, ...]
    across_customer: bool
    position: Position
    about: str | None = None
    only_if: tuple[Condition, ...] = ()
    valid_for: Duration | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A registered action and its parameters; its result is read by later actions of the rule under
    `name`.

    `results` are the types of what it answers with, as far as they are known. It is done once of
    the thing that the first of the parameters `once` names which has a value.
    """

    action: str
    arguments: Arguments
    position: Position
    name: str | None = None
    only_if: tuple[Condition, ...] = ()
    results: Mapping[str, FactType | None] = field(default_factory=dict)
    valid_for: Duration | None = None
    once: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Grant:
    """A perk for a time, to be used a number of times."""

    perk: str
    lasts: Duration
    uses: int
    position: Position
    only_if: tuple[Condition, ...] = ()
    valid_for: Duration | None = None


@dataclass(frozen=True, slots=True)
class Put:
    """`set: {customer.at_risk: true}`: facts that rules may set, for a time or for good."""

    values: Arguments
    lasts: Duration | None
    position: Position
    only_if: tuple[Condition, ...] = ()
    valid_for: Duration | None = None


@dataclass(frozen=True, slots=True)
class Emit:
    """An own event of the catalog, about the rule's thing, now."""

    event: str
    arguments: Arguments
    position: Position
    only_if: tuple[Condition, ...] = ()
    valid_for: Duration | None = None


Action = Send | Suppress | Call | Grant | Put | Emit


@dataclass(frozen=True, slots=True)
class Branch:
    """A line of `choose`; no conditions stands for `otherwise`, no actions for `nothing`."""

    conditions: tuple[Condition, ...]
    actions: tuple[Action, ...]
    position: Position


@dataclass(frozen=True, slots=True)
class OncePer:
    """What may happen once: `event`, things and facts by name; `window` None means once for ever.

    `is_default` says that the rule names none: once per thing, near a date also per day of it, by
    the clock per slot. `counting` says what counts: what was `sent`, so that messages of which none
    was leave the key free, or whatever was `decided`.
    """

    keys: tuple[str, ...]
    window: Duration | None = None
    counting: Literal["sent", "decided"] = "sent"
    is_default: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class RuleLabel:
    """What people call a rule, who looks after it, and the id it had before."""

    name: str = ""
    owner: str = ""
    renamed_from: str | None = None


@dataclass(frozen=True, slots=True)
class RuleConduct:
    """Whether and when a rule speaks.

    `shadow` decides and does nothing. `pin` keeps what waits with the revision under which it
    began. `starts_on` and `ends_on` are the first and last day of its season, `sends_late` says
    that near a date it also speaks when its moment has passed already.
    """

    mode: Literal["live", "shadow", "off"] = "live"
    in_flight: Literal["follow", "pin"] = "follow"
    starts_on: date | None = None
    ends_on: date | None = None
    sends_late: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; it is about the thing its trigger is about."""

    id: str
    triggers: tuple[Trigger, ...]
    about: str
    once_per: OncePer
    branches: tuple[Branch, ...]
    position: Position
    label: RuleLabel = RuleLabel()
    conduct: RuleConduct = RuleConduct()
    conditions: tuple[Condition, ...] = ()
    unless: Mapping[str, tuple[Condition, ...]] = field(default_factory=dict)
    stop_if: tuple[Listened, ...] = ()
    group: str | None = None

    @property
    def actions(self) -> tuple[Action, ...]:
        """Every action it may take, of all its branches."""
        return tuple(action for branch in self.branches for action in branch.actions)

    @property
    def every_condition(self) -> tuple[Condition, ...]:
        """Every condition that stands anywhere in it."""
        named = [one for conditions in self.unless.values() for one in conditions]
        chosen = [one for branch in self.branches for one in branch.conditions]
        only = [one for action in self.actions for one in action.only_if]
        return (*self.conditions, *named, *chosen, *only)
