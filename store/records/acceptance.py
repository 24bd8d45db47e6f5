"""What accepting a batch of events changes, worked out in full before anything is written; both
stores write it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from engine.catalog.catalog import OF_ORDER
from engine.decisions.decision import Logged
from engine.facts import intake
from engine.facts.aliases import (
    Homes,
    JoinedThing,
    ThingName,
    known_as,
    names_in,
    placed,
)
from engine.facts.contacts.addresses import states_address
from engine.facts.contacts.bounces import Bounce, bounce_of
from engine.facts.contacts.readers import AddressHeld, moved
from engine.facts.erasure import blank
from engine.facts.event_times import after_all_before, mended
from engine.facts.events import Event, EventKey, InvalidEvent
from engine.facts.fold import SCANNED
from engine.facts.intake import LogEntry, customer_subject, order_subject
from engine.facts.naming import Naming, beside
from engine.facts.state import ONLY, State, customer_of, empty, is_erased, joined
from engine.facts.things import happened, value_of
from engine.rules.ruleset import Ruleset
from store.records.event_digest import digest

# A shop and the name of a carrier there.
Carrier = tuple[str, str]
# A carrier's newest scan is noted again once it is this much newer: every parcel of a carrier
# writes the same row.
SCANS_EVERY = timedelta(minutes=1)


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
    it was accepted.
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


class KnownSubjects(Protocol):
    """What the tables held before the batch."""

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

    def scanned_at(self, carrier: Carrier) -> datetime | None:
        """The newest scan of a carrier that is noted."""


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
class Accepted:
    """The rows a batch writes and what is answered of each event.

    `links` are orders whose earlier events turned out to be a customer's too; `things` the homes of
    names; `joins` the things that turned out to be one; `nudges` gives for each journey to wake its
    subject and the newest event that woke it; `conflicts` are the stored events that came with
    another body; `scans` the carriers whose newest scan is noted anew; `contacts` what it says
    of addresses; `moved` customers for whom whatever waits may be due at another moment.
    """

    results: list[str] = field(default_factory=list)
    subjects: dict[str, SubjectRow] = field(default_factory=dict)
    log: dict[EventKey, LogRow] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    things: dict[ThingName, dict[str, str]] = field(default_factory=dict)
    joins: list[JoinedThing] = field(default_factory=list)
    nudges: dict[str, tuple[str, int]] = field(default_factory=dict)
    quarantined: list[tuple[EventKey, str]] = field(default_factory=list)
    conflicts: list[EventKey] = field(default_factory=list)
    scans: dict[Carrier, datetime] = field(default_factory=dict)
    moved: set[str] = field(default_factory=set)
    contacts: AddressNews = field(default_factory=AddressNews)


def accept(
    events: Sequence[Event], known: KnownSubjects, ruleset: Ruleset, naming: Naming, now: datetime
) -> Accepted:
    """What these events change, in their order.

    Raises `InvalidEvent`, which names the index, where one names neither a known order nor a
    customer.
    """
    batch = _Batch(known, ruleset, naming, now)
    for index, event in enumerate(events):
        batch.take(index, event)
    return batch.accepted


class _Batch:
    """A batch in the making: what it has changed so far lies over what was known before."""

    def __init__(
        self, known: KnownSubjects, ruleset: Ruleset, naming: Naming, now: datetime
    ) -> None:
        self.known, self.ruleset, self.naming, self.now = known, ruleset, naming, now
        self.accepted = Accepted()

    def take(self, index: int, as_sent: Event) -> None:
        if (known := self._digest_of(as_sent.key)) is not None:
            self._repeated(as_sent, known)
            return
        event = placed(as_sent, self._homes)
        if event.order is None and event.customer is None:
            reason = "names neither a known order, parcel, return or review nor a customer"
            raise InvalidEvent(f"event[{index}].data", reason)
        self._fold(as_sent, event)

    def _repeated(self, as_sent: Event, known: str) -> None:
        if known in ("", digest(as_sent)):
            self.accepted.results.append("duplicate")
        else:
            self.accepted.results.append("conflict")
            if own := self.accepted.log.get(as_sent.key):
                own.conflicts += 1
            else:
                self.accepted.conflicts.append(as_sent.key)

    def _fold(self, as_sent: Event, event: Event) -> None:
        order, names = order_subject(event), list(names_in(event))
        row = self._touched(order)
        owner = customer_of(row.facts if row else None)
        linking = row is not None and owner is None
        customer = event.customer or owner
        other = self._touched(customer_subject(event.shop, customer))
        earlier = self._earlier(order) if order and linking else ()
        home = order or customer_subject(event.shop, customer)
        event, followers = self._known(event, home)
        if other and is_erased(other.facts):
            as_sent, event = blank(as_sent), blank(event)
        event = self._dated(event, row, other)
        try:
            taken = intake.take_in(
                event, self.ruleset, _known_state(row), _known_state(other), earlier
            )
        except Exception as error:  # noqa: BLE001  # a poison event must not stop its sender's others
            self._quarantine(as_sent, f"{type(error).__name__}: {error}")
            return
        if row and taken.order:
            row.facts = taken.order
        if other and taken.customer:
            self._move(other.facts, taken.customer, event.shop, taken.customer_id)
            other.facts = taken.customer
        subjects = order, customer_subject(event.shop, taken.customer_id)
        if linking and order and subjects[1]:
            self._link(order, subjects[1])
        for entry in (*taken.entries, *followers):
            self._append(entry, subjects, as_sent)
        self._learn(names, event, subjects)
        self._reach(event, subjects, has_moved=owner != customer_of(taken.order))
        self._greet(event, subjects[1])
        self._bounce(event, taken)
        self.accepted.moved.update(taken.moves_waits_of(subjects[1]))
        self._scan(event, taken.order or taken.customer)
        self.accepted.results.append("accepted")

    def _dated(self, event: Event, *subjects: SubjectRow | None) -> Event:
        """The event at the time it counts from, among what its order and its customer have kept."""
        for row in subjects:
            if row:
                row.facts = mended(row.facts, event, self.now)
        customer = subjects[-1]
        return after_all_before(event, customer.facts if customer else None)

    def _reach(
        self, event: Event, subjects: tuple[str | None, str | None], *, has_moved: bool
    ) -> None:
        """Whoever an event gives an address, or another customer, may be waited for."""
        named = self.ruleset.addressees
        if has_moved or states_address(event.data) or not named.isdisjoint(event.data):
            self.accepted.contacts.reached.update(filter(None, subjects))

    def _bounce(self, event: Event, taken: intake.Intake) -> None:
        if bounce := bounce_of(event, taken.order, taken.customer):
            self.accepted.contacts.bounces.append(bounce)

    def _known(self, event: Event, home: str | None) -> tuple[Event, list[LogEntry]]:
        """The event with its things as its home knows them, and what it makes true that some of
        them are one.
        """
        if home is None:
            return event, []
        row = self.accepted.subjects[home]
        event, joins = known_as(event, home, self._homes, row.facts)
        return event, [entry for join in joins for entry in self._join(join, event, row)]

    def _join(self, join: JoinedThing, event: Event, home: SubjectRow) -> Iterable[LogEntry]:
        """Two things of a home are one: what is known of them, and what that makes true."""
        apart, home.facts = home.facts, joined(home.facts, join.kind, join.name, join.into)
        self.accepted.joins.append(join)
        for homes in self.accepted.things.values():
            if homes.get(join.home) == join.name:
                homes[join.home] = join.into
        for row in self.accepted.log.values():
            if join.home == (row.order_subject or row.customer_subject):
                row.event = join.event(row.event)
        if event.order is None:
            return ()
        return intake.follow_join(event, apart, home.facts, self.ruleset)

    def _learn(
        self, names: Sequence[ThingName], event: Event, subjects: tuple[str | None, str | None]
    ) -> None:
        """Every name by which the event named its things means them from now on."""
        for name in names:
            kind = name[1]
            home = subjects[0] if kind in OF_ORDER and subjects[0] else subjects[1]
            if home and self._homes(name).get(home) != event.things[kind]:
                self.accepted.things.setdefault(name, {})[home] = event.things[kind]

    def _move(self, before: State, after: State, shop: str, customer: str | None) -> None:
        """Who is read at which address: what is said there holds for whoever is."""
        subject = customer_subject(shop, customer)
        for address, until in moved(before, after).items():
            self.accepted.contacts.held[shop, address, subject or ""] = until

    def _greet(self, event: Event, customer: str | None) -> None:
        """A customer we have not met before begins to wait for the slots of schedules."""
        if customer is None or not self.ruleset.by_clock or event.is_history:
            return
        journey = self.naming.journey(customer)
        if journey not in self.accepted.nudges and not self.known.runs(journey):
            self.accepted.nudges[journey] = (customer, self.accepted.subjects[customer].seq)

    def _scan(self, event: Event, state: State | None) -> None:
        """The parcel's newest scan is its carrier's, if it is the newest of that carrier."""
        parcel = event.things.get("shipment", ONLY)
        if not event.type.startswith("shipment.") or not (
            times := happened(state, "shipment", parcel, SCANNED)
        ):
            return
        name = value_of(state, "shipment", parcel, "shipment.carrier")
        carrier = (event.shop, str(name))
        last = self.accepted.scans.get(carrier) or self.known.scanned_at(carrier)
        if name and (last is None or times[1] - last >= SCANS_EVERY):
            self.accepted.scans[carrier] = times[1]

    def _link(self, order: str, customer: str) -> None:
        """The customer of an order is known now: its events so far are that customer's past too."""
        self.accepted.links.setdefault(order, customer)
        for row in self.accepted.log.values():
            if row.order_subject == order and row.customer_subject is None:
                row.customer_subject = customer

    def _append(
        self, entry: LogEntry, subjects: tuple[str | None, str | None], as_sent: Event
    ) -> None:
        event = entry.event
        row = self.accepted.subjects[entry.subject]
        row.seq += 1
        wakes = self._wakes(entry)
        self.accepted.log[event.key] = LogRow(
            event=event,
            subject=entry.subject,
            seq=row.seq,
            order_subject=subjects[0],
            customer_subject=subjects[1],
            as_sent=None if event.derived else as_sent,
            revision=self.ruleset.revision,
            stale=entry.stale,
            wakes=wakes,
            known_at=self.now,
        )
        if wakes:
            self.accepted.nudges[self.naming.journey(entry.subject)] = (entry.subject, row.seq)

    def _wakes(self, entry: LogEntry) -> bool:
        journey = self.naming.journey(entry.subject)
        match entry.wakes:
            case "always":
                return True
            case "if_running":
                return journey in self.accepted.nudges or self.known.runs(journey)
            case "if_holding":
                return self.known.holds(journey)
            case _:
                return False

    def _quarantine(self, as_sent: Event, why: str) -> None:
        self.accepted.quarantined.append((as_sent.key, why))
        self.accepted.log[as_sent.key] = LogRow(
            event=as_sent,
            subject=None,
            seq=None,
            order_subject=None,
            customer_subject=None,
            as_sent=as_sent,
            revision=self.ruleset.revision,
            stale=False,
            wakes=False,
            known_at=self.now,
        )
        self.accepted.results.append("quarantined")

    def _digest_of(self, event: EventKey) -> str | None:
        row = self.accepted.log.get(event)
        return (row.digest or "") if row else self.known.digest_of(event)

    def _homes(self, name: ThingName) -> Homes:
        known, new = self.known.homes(name), self.accepted.things.get(name)
        return {**known, **new} if new else known

    def _touched(self, subject: str | None) -> SubjectRow | None:
        if subject is None:
            return None
        if subject not in self.accepted.subjects:
            known = self.known.subject(subject)
            self.accepted.subjects[subject] = (
                SubjectRow(known.facts, known.seq) if known else SubjectRow()
            )
        return self.accepted.subjects[subject]

    def _earlier(self, order: str) -> list[Event]:
        mine = (row.event for row in self.accepted.log.values() if row.order_subject == order)
        return [*self.known.earlier(order), *mine]


def _known_state(row: SubjectRow | None) -> State | None:
    """The facts of a subject of which something is known."""
    return row.facts if row and row.facts != empty() else None
