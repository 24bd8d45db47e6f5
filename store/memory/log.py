"""The log in memory: subjects, events and things, with the indices that questions
need; no server.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from operator import attrgetter, itemgetter

from engine.catalog.rows import changed
from engine.facts.events import Event, EventKey
from engine.facts.history import Happening
from engine.facts.identity.aliases import JoinedThing, ThingName
from engine.facts.identity.early_news import awaited_names
from engine.facts.identity.persons import HandedOrder, JoinedPerson
from engine.facts.naming import own_id
from engine.facts.state import State
from store.memory.effect_rows import Effects
from store.memory.names import MemoryNames
from store.records.log_rows import Accepted, EarlyEvent, LogRow, SubjectRow

_NOTHING: Mapping[str, list[LogRow]] = {}


@dataclass(frozen=True, slots=True)
class Lifted:
    """Everything the log holds of one subject: its row, its own events, those that name it, and its
    past by type.
    """

    row: SubjectRow | None
    own: list[LogRow]
    events_naming_it: list[LogRow]
    past: dict[str, list[LogRow]]


class Log(MemoryNames):
    """Tables `subjects` and `events`, beside those of names; `log_rows.KnownSubjects`."""

    def __init__(self, journeys: Container[str], ledger: Effects) -> None:
        super().__init__()
        self._journeys, self._ledger = journeys, ledger
        self.subjects: dict[str, SubjectRow] = {}
        self.events: dict[EventKey, LogRow] = {}
        self._of_subject: dict[str, list[LogRow]] = defaultdict(list)
        self._of_order: dict[str, list[LogRow]] = defaultdict(list)
        self._past: dict[str, dict[str, list[LogRow]]] = defaultdict(lambda: defaultdict(list))
        self._arrivals = count()

    def write(self, accepted: Accepted) -> None:
        """The rows of a batch."""
        for subject, row in accepted.subjects.items():
            self._put(subject, row)
        for join in accepted.names.joins:
            self._join(join)
        for name, homes in accepted.names.things.items():
            self.things.setdefault(name, {}).update(homes)
        self.scans.update(accepted.scans)
        self.hold(accepted.contacts.held)
        for order, customer in accepted.links.items():
            self._link(order, customer)
        for event in accepted.early.placed:
            del self.events[event]
        for event, line in accepted.log.items():
            self._append(event, line)
        for event in accepted.conflicts:
            self.events[event].conflicts += 1
        self._keep_early(accepted)

    def _put(self, subject: str, row: SubjectRow) -> None:
        """A row of `subjects`; who has the order finds it."""
        old = self.subjects.get(subject)
        for owner in (old.customer(subject) if old else None, row.customer(subject)):
            if owner and subject.startswith("order:"):
                self._owned[owner].pop(subject, None)
        if (customer := row.customer(subject)) and subject.startswith("order:"):
            self._owned[customer][subject] = None
        self.subjects[subject] = row

    def after(self, subject: str, cursor: int, at_most: int) -> list[LogRow]:
        """The next events of a subject."""
        return self._of_subject[subject][cursor : cursor + at_most]

    def history(
        self, subjects: Iterable[str | None], watched: Container[str]
    ) -> tuple[Happening, ...]:
        """What a question may look back on: the watched events of a customer and of orders."""
        events = {
            row.event.key: row.event
            for subject in dict.fromkeys(subjects)
            if subject
            for kind, rows in self._past.get(subject, _NOTHING).items()
            if kind in watched
            for row in rows
        }
        if not events:
            return ()
        return tuple(
            map(
                happening,
                sorted(events.values(), key=attrgetter("occurred_at", "type", "source", "id")),
            )
        )

    def facts(self, subject: str | None) -> State | None:
        """What is known of a subject."""
        row = self.subjects.get(subject) if subject else None
        return row.facts if row else None

    def digest_of(self, event: EventKey) -> str | None:
        """The digest of an event that has been accepted."""
        row = self.events.get(event)
        return (row.digest or "") if row else None

    def subject(self, subject: str) -> SubjectRow | None:
        """A row of `subjects`."""
        return self.subjects.get(subject)

    def earlier(self, order: str) -> list[Event]:
        """Every event that names an order."""
        return [row.event for row in self._of_order.get(order, ())]

    def runs(self, journey: str) -> bool:
        """Whether a journey has ever been woken."""
        return journey in self._journeys

    def holds(self, journey: str) -> bool:
        """Whether a journey holds messages back."""
        return bool(self._ledger.held(journey))

    def knows(self, subject: str) -> bool:
        """Whether there is a row of a subject."""
        return subject in self.subjects

    def awaiting(self, names: Iterable[ThingName]) -> list[EarlyEvent]:
        """The events that wait under any of these names."""
        if not self.unplaced:
            return []
        found = {
            arrival: self.events[key]
            for name in names
            for key, arrival in self.unplaced.get(name, {}).items()
        }
        return [
            EarlyEvent(row.event, row.known_at, arrival, row.conflicts)
            for arrival, row in sorted(found.items(), key=itemgetter(0))
        ]

    def join_person(self, join: JoinedPerson) -> None:
        """What names a customer names the one they turned out to be."""
        for kind, rows in self._past.pop(join.name, _NOTHING).items():
            for row in rows:
                row.customer_subject = join.into
                row.event = changed(row.event, customer=own_id(join.into))
            self._past[join.into][kind] += rows
        self.rename(join)

    def hand_over(self, handed: HandedOrder) -> None:
        """What happened to an order happened to the customer it belongs to now."""
        for row in self._of_subject.get(handed.order, ()):
            if row.customer_subject == handed.before:
                self._past[handed.before][row.event.type].remove(row)
                row.customer_subject, row.event = handed.after, handed.event(row.event)
                self._past[handed.after][row.event.type].append(row)

    def lift(self, subject: str) -> Lifted:
        """Take a subject out of the tables."""
        own = self._of_subject.pop(subject, [])
        for row in own:
            self.events.pop(row.event.key, None)
        past = self._past.pop(subject, {})
        return Lifted(
            self.subjects.pop(subject, None), own, self._of_order.pop(subject, []), dict(past)
        )

    def lay(self, subject: str, lifted: Lifted) -> None:
        """Put back what was lifted."""
        if lifted.row is not None:
            self.subjects[subject] = lifted.row
        self.events.update({row.event.key: row for row in lifted.own})
        self._of_subject[subject], self._of_order[subject] = lifted.own, lifted.events_naming_it
        self._past[subject].update(lifted.past)

    def _link(self, order: str, customer: str) -> None:
        for row in self._of_order[order]:
            if row.customer_subject is None:
                row.customer_subject = customer
                self._past[customer][row.event.type].append(row)

    def _join(self, join: JoinedThing) -> None:
        """Two things of a home turned out to be one."""
        for (_, kind, _), homes in self.things.items():
            if kind == join.kind and homes.get(join.home) == join.name:
                homes[join.home] = join.into
        for rows in self._past.get(join.home, _NOTHING).values():
            for row in rows:
                if join.home == (row.order_subject or row.customer_subject):
                    row.event = join.event(row.event)

    def _keep_early(self, accepted: Accepted) -> None:
        """What waits from now on for a name, and what does no longer."""
        for early in accepted.early.placed.values():
            for name in awaited_names(early.event):
                waiting = self.unplaced[name]
                del waiting[early.event.key]
                if not waiting:
                    del self.unplaced[name]
        for key, names in accepted.early.kept.items():
            arrival = next(self._arrivals)
            for name in names:
                self.unplaced.setdefault(name, {})[key] = arrival

    def _append(self, event: EventKey, row: LogRow) -> None:
        self.events[event] = row
        if row.subject:
            self._of_subject[row.subject].append(row)
        if row.order_subject:
            self._of_order[row.order_subject].append(row)
        for subject in (row.order_subject, row.customer_subject):
            if subject:
                self._past[subject][row.event.type].append(row)


def happening(event: Event) -> Happening:
    """An event as `stop_if` and `until` look at it."""
    return Happening(event.type, event.occurred_at, event.order, event.customer, event.things)
