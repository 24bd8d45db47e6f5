"""Rows of the log and of those whom it is about, and what a batch of events changes of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from engine.decisions.decision import Logged
from engine.facts.contacts.bounces import Bounce
from engine.facts.contacts.readers import AddressHeld
from engine.facts.events import Event, EventKey
from engine.facts.identity.aliases import Homes, JoinedThing, ThingName
from engine.facts.identity.persons import HandedOrder, Holders, JoinedPerson
from engine.facts.naming import beside
from engine.facts.state import State, customer_of, empty
from store.records.event_digest import digest


class NotRead(Exception):
    """A batch needs what its transaction has not read; nothing was stored, it begins anew."""


# A shop and the name of a carrier there.
Carrier = tuple[str, str]


@dataclass(slots=True)
class SubjectRow:
    """A row of `subjects`: the facts of one order or customer, and the length of its log."""

    facts: State = field(default_factory=empty)
    seq: int = 0

    def customer(self, subject: str) -> str | None:
        """The subject id of this order's customer."""
        customer = customer_of(self.facts)
        return beside(subject, "customer", customer) if customer else None


@dataclass(slots=True)
class LogRow:
    """A row of `events`; a quarantined one has no subject.

    `as_sent` is the event as it came, None if it was derived; `wakes`: it nudged the journey when
    it was accepted. `arrived_at` is when it came, where nobody knew then what it was about.
    """

    event: Event
    subject: str | None
    seq: int | None
    order_subject: str | None
    customer_subject: str | None
    as_sent: Event | None
    revision: str
    stale: bool
    wakes: bool
    known_at: datetime
    conflicts: int = 0
    arrived_at: datetime | None = None

    @property
    def digest(self) -> str | None:
        """What another delivery of the event must share; worked out when one comes, or the row is
        written.
        """
        return digest(self.as_sent) if self.as_sent else None

    @property
    def logged(self) -> Logged:
        """The row as a decision reads it."""
        return Logged(self.seq or 0, self.event, self.revision, self.stale, self.known_at)


@dataclass(frozen=True, slots=True)
class EarlyEvent:
    """An event, as it came, that waits until somebody tells of what it is about; `arrival` is its
    place in the log, and counts up.
    """

    event: Event
    arrived_at: datetime
    arrival: int
    conflicts: int = 0


class KnownSubjects(Protocol):
    """What the tables held before the batch."""

    def awaiting(self, names: Iterable[ThingName]) -> list[EarlyEvent]:
        """The events that wait under any of these names, in the order in which they came."""

    def awaited_of(self, customer: str) -> set[ThingName]:
        """The names of a customer under which events wait, since others have them too."""

    def digest_of(self, event: EventKey) -> str | None:
        """The digest of an event that has been accepted; "" if it has none, None if there is no
        such event.
        """

    def homes(self, name: ThingName) -> Homes:
        """Each order or customer that has a thing of this name, the newest last, and the name by
        which it is kept there.
        """

    def subject(self, subject: str) -> SubjectRow | None:
        """A row of `subjects`."""

    def earlier(self, order: str) -> Sequence[Event]:
        """Every event that names an order, as they arrived."""

    def runs(self, journey: str) -> bool:
        """Whether a journey has ever been woken."""

    def holds(self, journey: str) -> bool:
        """Whether a journey holds messages back."""

    def stands_for(self, customer: str) -> str:
        """Who a customer turned out to be, themselves where nobody else."""

    def holders(self, shop: str, address: str) -> Holders:
        """Who has, or had, an address, and until when."""

    def owned_by(self, customer: str) -> Sequence[str]:
        """The orders that belong to a customer."""

    def knows(self, subject: str) -> bool:
        """Whether there is a row of a subject."""

    def scanned_at(self, carrier: Carrier) -> datetime | None:
        """The newest scan of a carrier that is noted."""


@dataclass(slots=True)
class LearnedNames:
    """What a batch tells of the names of things and people.

    `things` are the homes of names, `joins` the things that turned out to be one, `people` the
    customers who did, and orders that changed hands.
    """

    things: dict[ThingName, dict[str, str]] = field(default_factory=dict)
    joins: list[JoinedThing] = field(default_factory=list)
    people: list[JoinedPerson | HandedOrder] = field(default_factory=list)


@dataclass(slots=True)
class AddressNews:
    """What a batch says of addresses: until when each customer has one, None for as long as is
    known; the orders and customers who may have one now, for which messages wait; and what came
    back.
    """

    held: dict[AddressHeld, str | None] = field(default_factory=dict)
    reached: set[str] = field(default_factory=set)
    bounces: list[Bounce] = field(default_factory=list)


@dataclass(slots=True)
class EarlyNews:
    """What a batch brings of events that came too early: those it `kept`, with the names under
    which they wait, and those of before that it `placed`.
    """

    kept: dict[EventKey, list[ThingName]] = field(default_factory=dict)
    placed: dict[EventKey, EarlyEvent] = field(default_factory=dict)


@dataclass(slots=True)
class Accepted:
    """The rows a batch writes and what is answered of each event.

    `links` are orders whose earlier events turned out to be a customer's too; `nudges` gives for
    each journey to wake its subject and the newest event that woke it; `conflicts` are the stored
    events that came with another body; `scans` the carriers whose newest scan is noted anew;
    `contacts` what it says of addresses, `names` of names; `moved` customers for whom whatever
    waits may be due at another moment; `early` what came, or had come, before its thing was known.
    """

    results: list[str] = field(default_factory=list)
    subjects: dict[str, SubjectRow] = field(default_factory=dict)
    log: dict[EventKey, LogRow] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    names: LearnedNames = field(default_factory=LearnedNames)
    nudges: dict[str, tuple[str, int]] = field(default_factory=dict)
    quarantined: list[tuple[EventKey, str]] = field(default_factory=list)
    conflicts: list[EventKey] = field(default_factory=list)
    scans: dict[Carrier, datetime] = field(default_factory=dict)
    moved: set[str] = field(default_factory=set)
    contacts: AddressNews = field(default_factory=AddressNews)
    early: EarlyNews = field(default_factory=EarlyNews)
