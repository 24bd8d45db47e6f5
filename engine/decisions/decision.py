"""What the engine can answer: decisions with their reasons, effects, waits and silences."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from engine.catalog.rows import changed, row
from engine.catalog.values import instant
from engine.facts.events import Event
from engine.facts.history import Happening
from engine.facts.state import State
from engine.facts.subjects import Subjects, Suppression


class Reason(StrEnum):
    """Why something was not said, or not yet."""

    CONDITION_FALSE = "condition_false"
    FACT_UNKNOWN = "fact_unknown"
    ALREADY_DONE = "already_done"
    LOST_GROUP = "lost_group"
    STOPPED_BY = "stopped_by"
    OVERTAKEN = "overtaken"
    NO_CONSENT = "no_consent"
    NO_CHANNEL = "no_channel"
    SUPPRESSED_BY = "suppressed_by"
    HOLDOUT = "holdout"
    CAPPED = "capped"
    MIXED = "mixed"
    DIGESTED = "digested"
    HELD_QUIET = "held_quiet"
    BREAKER = "breaker"
    EXPIRED = "expired"
    RULE_REMOVED = "rule_removed"
    SHADOW = "shadow"
    OFF = "off"
    ERASED = "erased"
    ERROR = "error"
    REFUSED = "refused"
    NO_RULE = "no_rule"
    UNKNOWN_CUSTOMER = "unknown_customer"


# A message that ends for one of these gives its once-key back: the customer heard nothing, and a
# later firing may try.
GIVES_KEY_BACK = frozenset({
    Reason.CONDITION_FALSE,
    Reason.FACT_UNKNOWN,
    Reason.LOST_GROUP,
    Reason.STOPPED_BY,
    Reason.OVERTAKEN,
    Reason.RULE_REMOVED,
    Reason.OFF,
    Reason.SHADOW,
    Reason.ERASED,
    Reason.ERROR,
    Reason.REFUSED,
})  # fmt: skip
# What counts under a cap: sent, about to be, or perhaps sent.
COUNTED = frozenset({"claimed", "leaving", "sent", "uncertain"})
OPEN = frozenset({"wanted", "claimed", "leaving"})

EffectState = Literal[
    "wanted", "claimed", "leaving", "held", "sent", "uncertain", "refused", "dropped", "done",
    "failed",
]  # fmt: skip


@row
class Firing:
    """One firing of a rule: what it is about, what triggered it, when it is due. Until then it
    waits.

    `form` is the form of the `when` that fired it, `label` the offset or slot where it has one; no
    rule fires `breaker` and `perk`: a breaker opened, a perk ended. `is_late` says that it was due
    before it became known and speaks all the same. `depth` counts the emitted events that led to
    it, `line` the lines of `when` above its own: each line waits by itself.
    """

    journey: str
    rule_id: str
    occurrence: str
    about: tuple[str, str]
    event: str
    event_at: datetime
    due_at: datetime
    known_at: datetime
    revision: str
    shop: str = ""
    order: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    form: Literal["event", "after", "near", "silence", "every", "breaker", "perk"] = "event"
    label: str = ""
    is_late: bool = False
    depth: int = 0
    again_at: datetime | None = None
    line: int = 0

    @property
    def wait_id(self) -> tuple[str, str, int]:
        """What tells it from the other waits of its journey: one of the same id has moved."""
        return self.rule_id, self.occurrence, self.line

    @property
    def wakes_at(self) -> datetime:
        """When it is asked next: when it is due, or later where a breaker has held it."""
        return self.again_at or self.due_at

    @property
    def holder(self) -> str:
        """Who holds the once-keys of this firing."""
        return f"{self.journey}/{self.occurrence}"

    def to_json(self) -> dict[str, Any]:
        """As JSON, for a row; `from_json` reads it back."""
        return {
            "journey": self.journey,
            "rule_id": self.rule_id,
            "occurrence": self.occurrence,
            "about": list(self.about),
            "event": self.event,
            "event_at": instant(self.event_at),
            "due_at": instant(self.due_at),
            "known_at": instant(self.known_at),
            "revision": self.revision,
            "shop": self.shop,
            "order": self.order,
            "data": dict(self.data),
            "form": self.form,
            "label": self.label,
            "is_late": self.is_late,
            "depth": self.depth,
            "again_at": instant(self.again_at) if self.again_at else None,
            "line": self.line,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Firing":
        """The firing that `to_json` wrote."""
        named = [
            name for name in ("event_at", "due_at", "known_at", "again_at") if stored.get(name)
        ]
        times = {name: datetime.fromisoformat(stored[name]) for name in named}
        return cls(**{**stored, **times, "about": tuple(stored["about"])})


@row
class Effect:
    """A decision to do something, one row of the ledger. `name` is the template, the action or the
    event.

    A message that `awaits_room` has been held by a cap or a mix. One `shown` by another template
    than its own is the carrier of a digest; `carries` are the messages in it beside its own. A call
    that is `awaited_by` messages waits for the first of them; what `awaits` calls waits for the
    last of these to end, and reads what they answered.
    """

    key: str
    kind: Literal["send", "call", "emit"]
    name: str
    firing: Firing
    category: str | None = None
    valid_until: datetime | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    state: EffectState = "wanted"
    customer: str | None = None
    owner: str | None = None
    channel: str | None = None
    revision: str | None = None
    held_until: datetime | None = None
    resent: int = 0
    reason: Reason | None = None
    reason_by: str | None = None
    decided_at: datetime | None = None
    settled_at: datetime | None = None
    data_until_db: datetime | None = None
    result: Any = None
    awaits_room: bool = False
    shown: str | None = None
    carries: tuple[str, ...] = ()
    awaited_by: tuple[str, ...] = ()
    awaits: tuple[str, ...] = ()

    @property
    def template(self) -> str:
        """The template in whose words a message leaves."""
        return self.shown or self.name

    def now(self, **changes: Any) -> "Effect":
        """The same effect with other values."""
        return changed(self, **changes)


@row
class OnceKey:
    """What may happen once: a rule's value of a subject, and since when it is taken by whom."""

    subject: str
    rule_id: str
    value: str
    holder: str
    taken_at: datetime
    free_at: datetime | None = None


@row
class Opening:
    """A breaker that holds firings of a shop: since when, and when it was last seen to."""

    breaker: str
    opened_at: datetime
    held_at: datetime


@row
class Logged:
    """An event of the journey's log with what was noted when it was accepted."""

    seq: int
    event: Event
    revision: str
    stale: bool
    known_at: datetime


@row
class Decision:
    """The engine's answer for one rule at one moment; `reason` None means that it acted, or waits
    `until`.
    """

    journey: str
    rule_id: str
    occurrence: str
    revision: str
    at: datetime
    event: str
    event_at: datetime
    due_at: datetime
    reason: Reason | None = None
    by: str | None = None
    until: datetime | None = None
    proof: tuple[Mapping[str, Any], ...] = ()


@row
class Situation:
    """Everything a decision may look at, as one snapshot.

    `waiting` and `held` are all of the journey's, due or not; `once` the keys taken of both
    subjects; `openings` those of the shop's breakers; `revision` the one that was active when the
    journey was last asked.
    """

    journey: str
    subject: str
    cursor: int
    facts: State
    subjects: Subjects
    events: tuple[Logged, ...] = ()
    more: bool = False
    waiting: tuple[Firing, ...] = ()
    held: tuple[Effect, ...] = ()
    open_effects: int = 0
    history: tuple[Happening, ...] = ()
    once: tuple[OnceKey, ...] = ()
    openings: tuple[Opening, ...] = ()
    revision: str | None = None


@row
class OpenWork:
    """What a journey has to see to: every effect still open as (kind, key), and when it is due
    next.

    `ends_with_these`: nothing else is waited for, so it has to be asked again once these effects
    are done.
    """

    open: tuple[tuple[str, str], ...]
    wake_at: datetime | None
    ended: bool
    ends_with_these: bool = True


@row
class Outcome:
    """What a decision changes: rows to write, and nothing else."""

    facts: State
    cursor: int
    waits: tuple[Firing, ...] = ()
    ended_waits: tuple[Firing, ...] = ()
    effects: tuple[Effect, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    once: tuple[OnceKey, ...] = ()
    released: tuple[str, ...] = ()
    dropped: tuple[tuple[str, Reason, str | None], ...] = ()
    decisions: tuple[Decision, ...] = ()
    quarantined: tuple[tuple[int, str], ...] = ()
    openings: tuple[Opening, ...] = ()
    revision: str | None = None
    wake_at: datetime | None = None
    ended: bool = False
    ends_with_these: bool = True
