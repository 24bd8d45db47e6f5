"""What a store answers to people: journeys, what is quarantined, how far behind everything is, and
all that is kept of one order or customer.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from engine.decisions.decision import Decision, Logged, OnceKey
from engine.decisions.effects import Effect, EffectState
from engine.decisions.firing import Firing
from engine.decisions.reason import Reason
from engine.facts.naming import own_id
from engine.facts.subjects import Suppression

Retried = Literal["accepted", "quarantined", "nudged", "unknown"]


class UnreadableRow(Exception):
    """No sense can be made of what is kept of this journey."""


@dataclass(frozen=True, slots=True)
class AddressHolder:
    """The subject id of a customer who has an address, or had it `until` some time; some of their
    orders, the newest first.
    """

    customer: str
    until: datetime | None
    orders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JourneyRow:
    """How far a journey is; `kind` is order or customer.

    `waits` says that something is to be asked or told at `wake_at`; a journey that does not would
    only end then. `customer` is the customer's id in their shop, where it is known.
    """

    journey: str
    kind: str
    subject: str
    cursor: int
    wake_at: datetime | None
    ended: bool
    waits: bool
    customer: str | None


@dataclass(frozen=True, slots=True)
class Quarantined:
    """An event, or a journey (`source` is then "journey") or the event of its log (`seq`) that
    broke its decision.

    `type`, `occurred_at` and `shop` tell of the event, where there is one. `subject` is whose
    journey it is; None of an event.
    """

    number: int
    source: str
    id: str
    seq: int | None
    error: str
    since: datetime
    type: str | None
    occurred_at: datetime | None
    shop: str | None
    subject: str | None


@dataclass(frozen=True, slots=True)
class Unplaced:
    """An event that waits until somebody tells of what it is about, and the names under which it
    does: a kind of thing and a name each.
    """

    shop: str
    source: str
    id: str
    type: str
    occurred_at: datetime
    since: datetime
    names: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class LedgerQuery:
    """Which rows of the ledger somebody looks for: in one of these states or with one of these
    reasons, of a rule, ended or decided since a moment, of a shop, and how many at most.
    """

    states: tuple[EffectState, ...] = ()
    reasons: tuple[Reason, ...] = ()
    rule: str | None = None
    since: datetime | None = None
    shop: str | None = None
    at_most: int = 1000


@dataclass(frozen=True, slots=True)
class Gauges:
    """Nudges and how old the oldest unread event is; how late the latest journey; open effects by
    state.

    Lags in seconds, 0 where nothing is behind. `uncertain`: messages a person has to settle;
    `unplaced`: events that wait for a thing nobody has told of.
    """

    nudges: int
    inbox_lag: float
    journey_lag: float
    effects: dict[str, int]
    uncertain: int
    quarantined: int
    unplaced: int


@dataclass(frozen=True, slots=True)
class Erased:
    """How much was blanked."""

    orders: int
    events: int
    journeys: int
    messages_dropped: int


@dataclass(frozen=True, slots=True)
class SubjectHistory:
    """What is kept of `subject`, an order or a customer; everything is in the order of its time.

    `events` are those of the order and of its customer, also of their other orders. `notes` are
    what the audit says of an effect: its key, the words, when.
    """

    subject: str
    events: tuple[Logged, ...] = ()
    decisions: tuple[Decision, ...] = ()
    waits: tuple[Firing, ...] = ()
    effects: tuple[Effect, ...] = ()
    silences: tuple[Suppression, ...] = ()
    once: tuple[OnceKey, ...] = ()
    notes: tuple[tuple[str, str, datetime], ...] = ()

    @property
    def order(self) -> str | None:
        """The id of the order, None if it is about a customer."""
        return own_id(self.subject) if self.subject.startswith("order:") else None
