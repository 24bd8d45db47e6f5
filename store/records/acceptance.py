"""What accepting a batch of events changes, worked out in full before anything is written; both
stores write it.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from engine.facts import intake
from engine.facts.contacts.addresses import states_address
from engine.facts.contacts.bounces import bounce_of
from engine.facts.contacts.readers import addresses_of
from engine.facts.event_times import after_all_before, is_of_our_pages, mended
from engine.facts.events import Event, EventKey, InvalidEvent
from engine.facts.fold import SCANNED
from engine.facts.identity.aliases import ThingName, names_in
from engine.facts.identity.early_news import awaited_names
from engine.facts.intake import LogEntry, customer_subject, order_subject
from engine.facts.naming import Naming
from engine.facts.refolds.erasure import blank
from engine.facts.state import ONLY, State, customer_of, empty, is_erased
from engine.facts.things import happened, value_of
from engine.rules.ruleset import Ruleset
from store.records.batch_names import BatchNames
from store.records.event_digest import digest
from store.records.log_rows import Accepted, EarlyEvent, KnownSubjects, LogRow, NotRead, SubjectRow

# A carrier's newest scan is noted again once it is this much newer: every parcel of a carrier
# writes the same row.
SCANS_EVERY = timedelta(minutes=1)


def accept(
    events: Sequence[Event], known: KnownSubjects, ruleset: Ruleset, naming: Naming, now: datetime
) -> Accepted:
    """What these events change, in their order.

    One that names only what nobody knows yet waits, and is taken in as soon as another tells of it.
    Raises `InvalidEvent`, which names the index, where one names nothing at all.
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
        self.names = BatchNames(known, self.accepted, ruleset, naming)

    def take(self, index: int, as_sent: Event) -> None:
        if (known := self._digest_of(as_sent.key)) is not None:
            self._repeated(as_sent, known)
            return
        event = self.names.placed(as_sent)
        if _is_of_nobody(event):
            self._keep(index, as_sent)
            return
        self.accepted.results.append(self._fold(as_sent, event))
        self._place_early(as_sent)

    def _keep(self, index: int, as_sent: Event) -> None:
        """An event that came too early waits for the names by which it may be known."""
        names = awaited_names(as_sent)
        if not names:
            raise InvalidEvent(f"event[{index}].data", _nobodys(as_sent))
        self.accepted.early.kept[as_sent.key] = names
        self.accepted.log[as_sent.key] = self._homeless(as_sent)
        self.accepted.results.append("unplaced")

    def _place_early(self, told: Event) -> None:
        """What came too early for the names that an event has told, in the order in which it
        came.
        """
        learned = {*awaited_names(told), *self.names.moved}
        while placing := next(self._placeable(learned), None):
            early, event = placing
            self._take_out(early)
            self._fold(early.event, event)
            row = self.accepted.log[event.key]
            row.conflicts = early.conflicts + self._counted_again(event.key)
            if event.key in self.accepted.early.placed:
                row.arrived_at = early.arrived_at
            learned |= {*awaited_names(early.event), *self.names.moved}

    def _placeable(self, names: set[ThingName]) -> Iterator[tuple[EarlyEvent, Event]]:
        early = self.accepted.early
        before = [one for one in self.known.awaiting(names) if one.event.key not in early.placed]
        mine = [
            EarlyEvent(row.event, row.known_at, 0, row.conflicts)
            for key, awaited in early.kept.items()
            if not names.isdisjoint(awaited)
            for row in (self.accepted.log[key],)
        ]
        for one in (*before, *mine):
            event = self.names.placed(one.event)
            if not _is_of_nobody(event):
                yield one, event

    def _take_out(self, one: EarlyEvent) -> None:
        """An event waits no longer."""
        early, key = self.accepted.early, one.event.key
        if early.kept.pop(key, None):
            del self.accepted.log[key]
        else:
            early.placed[key] = one

    def _counted_again(self, key: EventKey) -> int:
        """The conflicts that this batch has counted of a stored event, which is written anew."""
        conflicts = self.accepted.conflicts
        self.accepted.conflicts = [one for one in conflicts if one != key]
        return len(conflicts) - len(self.accepted.conflicts)

    def _repeated(self, as_sent: Event, known: str) -> None:
        if known in ("", digest(as_sent)):
            self.accepted.results.append("duplicate")
        else:
            self.accepted.results.append("conflict")
            if own := self.accepted.log.get(as_sent.key):
                own.conflicts += 1
            else:
                self.accepted.conflicts.append(as_sent.key)

    def _fold(self, as_sent: Event, event: Event) -> str:
        """What becomes of an event that is about somebody."""
        names = list(names_in(event))
        settled = self._settled(event)
        if isinstance(settled, str):
            return self._quarantine(as_sent, settled)
        event, followers = settled
        order = order_subject(event)
        row = self._touched(order)
        owner = customer_of(row.facts if row else None)
        linking = row is not None and owner is None
        customer = event.customer or owner
        other = self._touched(customer_subject(event.shop, customer))
        earlier = self.names.earlier(order) if order and linking else ()
        if other and is_erased(other.facts):
            as_sent, event = blank(as_sent), blank(event)
        try:
            event = self._dated(event, row, other)
            taken = intake.take_in(
                event, self.ruleset, _known_state(row), _known_state(other), earlier
            )
        except Exception as error:  # noqa: BLE001  # a poison event must not stop its sender's others
            return self._quarantine(as_sent, f"{type(error).__name__}: {error}")
        if row and taken.order:
            row.facts = taken.order
        if other and taken.customer:
            self.names.move(other.facts, taken.customer, taken.customer_id, event.shop)
            other.facts = taken.customer
        subjects = order, customer_subject(event.shop, taken.customer_id)
        if linking and order and subjects[1]:
            self._link(order, subjects[1])
        for entry in (*taken.entries, *followers):
            self._append(entry, subjects, as_sent)
        self.names.learn(names, event, subjects)
        self._reach(event, subjects, has_moved=owner != customer_of(taken.order))
        self._greet(event, subjects[1])
        self._bounce(event, taken)
        self.accepted.moved.update(taken.moves_waits_of(subjects[1]))
        self._scan(event, taken.order or taken.customer)
        return "accepted"

    def _settled(self, event: Event) -> tuple[Event, list[LogEntry]] | str:
        """The event with its things as their home knows them, and what follows; or what is wrong
        with what is kept there.
        """
        try:
            return self.names.settled(event)
        except NotRead:
            raise
        except Exception as error:  # noqa: BLE001  # as above
            return f"{type(error).__name__}: {error}"

    def _dated(self, event: Event, *subjects: SubjectRow | None) -> Event:
        """The event at the time it counts from, among what its order and its customer have kept."""
        readers = self._readers(event, subjects[-1])
        for row in (*subjects, *readers):
            if row:
                row.facts = mended(row.facts, event, self.now)
        known = [row.facts if row else None for row in subjects]
        return after_all_before(event, known, [row.facts for row in readers])

    def _readers(self, event: Event, customer: SubjectRow | None) -> list[SubjectRow]:
        """Others who are read at the customer's addresses, for a word of our own pages."""
        if customer is None or not is_of_our_pages(event):
            return []
        return [
            self.names.row(other)
            for address in addresses_of(None, customer.facts)
            for other in self.names.holders(event.shop, address)
        ]

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

    def _quarantine(self, as_sent: Event, why: str) -> str:
        self.accepted.quarantined.append((as_sent.key, why))
        self.accepted.log[as_sent.key] = self._homeless(as_sent)
        return "quarantined"

    def _homeless(self, as_sent: Event) -> LogRow:
        """An event of which nobody knows what it is about."""
        return LogRow(
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

    def _digest_of(self, event: EventKey) -> str | None:
        row = self.accepted.log.get(event)
        return (row.digest or "") if row else self.known.digest_of(event)

    def _touched(self, subject: str | None) -> SubjectRow | None:
        return self.names.row(subject) if subject else None


def _known_state(row: SubjectRow | None) -> State | None:
    """The facts of a subject of which something is known."""
    return row.facts if row and row.facts != empty() else None


def _nobodys(event: Event) -> str:
    """What is wrong with an event that names nothing which could ever tell whose it is."""
    if "perk" in event.things:
        return "names a perk alone, which several customers may have: name its customer or order"
    return "names neither an order or another thing nor a customer"


def _is_of_nobody(event: Event) -> bool:
    return event.order is None and event.customer is None
