"""What a folder of rules says once it has been read: rules, policies, answers and the revision that names them all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import time
from functools import cached_property
from typing import Any, Literal

from engine.catalog import Catalog
from engine.values import Duration, FactType, Value

Channel = Literal["email", "push", "sms", "whatsapp"]
CHANNELS: tuple[Channel, ...] = ("email", "push", "sms", "whatsapp")
Ignorable = Literal["cap", "suppress", "holdout", "quiet_hours"]
# The language this reader understands; a revision that needs a newer one is refused by `decide`.
LANGUAGE_VERSION = 1


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a rule file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One part of a condition as it was judged: its sentence, what it read, and true, false or unknown (None)."""

    text: str
    holds: bool | None
    read: tuple[tuple[str, Value], ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled condition. `holds` answers True, False or None for unknown; only True lets a rule act.

    It takes the facts as a mapping from dotted name to typed value, None for unknown, and never raises on them.
    `logic` is its JsonLogic, `text` the sentence as written or as said from raw JsonLogic.
    """

    text: str
    logic: Any = field(hash=False)
    holds: Callable[[Mapping[str, Any]], bool | None] = field(compare=False)
    explain: Callable[[Mapping[str, Any]], tuple[Finding, ...]] = field(compare=False)
    reads: frozenset[str]
    position: Position


@dataclass(frozen=True, slots=True)
class OnEvent:
    """`when: shipment.shipped`"""

    event: str


@dataclass(frozen=True, slots=True)
class After:
    """`when: 7 days after order.delivered`"""

    delay: Duration
    event: str


Trigger = OnEvent | After


@dataclass(frozen=True, slots=True)
class Argument:
    """A value in `with`: either a constant or the dotted name of a fact that is read when the action runs."""

    constant: Value = None
    name: str | None = None


Arguments = Mapping[str, Argument]


@dataclass(frozen=True, slots=True)
class Send:
    """`by` None means the customer's preferred order of channels; `valid_for` None means the category's default."""

    template: str
    category: str
    by: tuple[Channel, ...] | None
    valid_for: Duration | None
    arguments: Arguments
    position: Position


@dataclass(frozen=True, slots=True)
class Suppress:
    """Silence for `categories`, for this order or across the customer, until one of `until` or `at_most` is over."""

    categories: tuple[str, ...]
    at_most: Duration
    until: tuple[str, ...]
    across_customer: bool
    position: Position


@dataclass(frozen=True, slots=True)
class Call:
    """A registered action and its parameters."""

    action: str
    arguments: Arguments
    position: Position


@dataclass(frozen=True, slots=True)
class Grant:
    """A perk for a time, to be used a number of times."""

    perk: str
    lasts: Duration
    uses: int
    position: Position


Action = Send | Suppress | Call | Grant


@dataclass(frozen=True, slots=True)
class OncePer:
    """What may happen once: `event`, things and facts by name; `window` None means once for ever."""

    keys: tuple[str, ...]
    window: Duration | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; it is about the thing its trigger is about."""

    id: str
    trigger: Trigger
    about: str
    once_per: OncePer
    actions: tuple[Action, ...]
    position: Position
    name: str = ""
    owner: str = ""
    renamed_from: str | None = None
    mode: Literal["live", "shadow", "off"] = "live"
    in_flight: Literal["follow", "pin"] = "follow"
    conditions: tuple[Condition, ...] = ()
    stop_if: tuple[str, ...] = ()

    @property
    def event(self) -> str:
        """The event that fires it."""
        return self.trigger.event


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of message; the order of the list in policies.yaml settles every competition."""

    id: str
    kind: Literal["transactional", "marketing"]
    essential: bool = False
    ignores: frozenset[Ignorable] = frozenset()
    asks_review: bool = False
    title: str = ""
    consent: Literal["opt_in", "none"] = "opt_in"


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so many messages of these categories in a rolling window."""

    at_most: int
    per: Duration
    categories: tuple[str, ...]
    then: Literal["hold", "drop"] = "hold"
    valid_for: Duration | None = None


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` to `end` local time, over midnight if `end` is earlier; only for these channels."""

    start: time
    end: time
    then: Literal["hold", "drop"] = "hold"
    channels: frozenset[str] = frozenset(CHANNELS)

    def covers(self, clock: time) -> bool:
        """Whether this local time is quiet; the first minute is, the last is not."""
        if self.start <= self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end


@dataclass(frozen=True, slots=True)
class Holdout:
    """A stable share of customers who never hear of these categories, for measuring."""

    percent: float
    salt: str
    categories: frozenset[str]


@dataclass(frozen=True, slots=True)
class Policies:
    """Everything that decides between messages."""

    categories: tuple[Category, ...]
    quiet_hours: QuietHours | None
    caps: tuple[Cap, ...] = ()
    holdout: Holdout | None = None
    zone_from: tuple[str, ...] = ()
    zone_otherwise: str = "UTC"
    locale: str = "en"
    currency: str | None = None

    def category(self, name: str) -> Category | None:
        """The category of this name."""
        return next((category for category in self.categories if category.id == name), None)

    def worth(self, name: str) -> int:
        """The place of a category in the order of worth, 0 first; unknown ones last."""
        return next((i for i, category in enumerate(self.categories) if category.id == name), len(self.categories))


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """`{if: …, then: …}`; no conditions stands for `otherwise`."""

    conditions: tuple[Condition, ...]
    then: Value
    position: Position


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision table: the first line of `first` that holds, plus every line of `plus` that holds."""

    name: str
    type: FactType
    first: tuple[AnswerLine, ...]
    position: Position
    plus: tuple[AnswerLine, ...] = ()
    starts: str | None = None
    about: str = "order"


@dataclass(frozen=True)
class Ruleset:
    """A revision: everything a folder says, named by the hash of its content.

    `files` are the sources by path, `templates` the channels a template has a part for, by name and locale.
    """

    revision: str
    files: Mapping[str, str]
    rules: Mapping[str, Rule]
    policies: Policies
    answers: Mapping[str, Answer]
    catalog: Catalog
    templates: Mapping[str, Mapping[str, frozenset[str]]]
    language_version: int = LANGUAGE_VERSION

    @cached_property
    def by_event(self) -> Mapping[str, tuple[Rule, ...]]:
        """The live and shadow rules that an event fires."""
        index: dict[str, tuple[Rule, ...]] = {}
        for rule in sorted(self.rules.values(), key=lambda rule: rule.id):
            if rule.mode != "off":
                index[rule.event] = (*index.get(rule.event, ()), rule)
        return index

    @cached_property
    def watched(self) -> frozenset[str]:
        """Every event type that may stop a rule or lift a silence: what the history of a question is read for."""
        stops = {name for rule in self.rules.values() for name in rule.stop_if}
        lifts = {
            name
            for rule in self.rules.values()
            for act in rule.actions
            if isinstance(act, Suppress)
            for name in act.until
        }
        return frozenset(stops | lifts)

    def rule(self, rule_id: str) -> Rule | None:
        """The rule of this id, also under the id it had before it was renamed."""
        return self.rules.get(rule_id) or self._renamed.get(rule_id)

    @cached_property
    def _renamed(self) -> Mapping[str, Rule]:
        return {rule.renamed_from: rule for rule in self.rules.values() if rule.renamed_from}

    def channels_of(self, template: str) -> frozenset[str]:
        """Every channel that some locale of the template has a part for."""
        return frozenset().union(*self.templates.get(template, {}).values())


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in a rule file."""

    position: Position
    message: str
    code: str

    def __str__(self) -> str:
        return f"{self.position}: {self.message} [{self.code}]"


class InvalidRuleset(Exception):  # named for what it holds
    """Every problem of a folder of rules at once; nothing of it is used."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(map(str, self.problems)))
