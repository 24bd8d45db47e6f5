"""The log in memory: subjects, events and things, with the indices that questions
need; no server.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from engine.facts.aliases import Homes, JoinedThing, ThingName
from engine.facts.contacts.readers import AddressHeld
from engine.facts.events import Event, EventKey
from engine.facts.history import Happening
from engine.facts.state import State
from store.memory.effect_rows import Effects
from store.records.acceptance import Accepted, Carrier, LogRow, SubjectRow

_NOTHING: Mapping[str, list[LogRow]] = {}
_NO_HOME: Homes = {}


@dataclass(frozen=True, slots=True)
class Lifted:
    """Everything the log holds of one subject: its row, its own events, those that name it, and its
    past by type.
    """

    row: SubjectRow | None
    own: list[LogRow]
    events_naming_it: list[LogRow]
    past: dict[str, list[LogRow]]


class Log:
    """Tables `subjects`, `events`, `things` and `carriers`; implements
    `store.records.acceptance.Known`.
    """

    def __init__(self, journeys: Container[str], ledger: Effects) -> None:
        self._journeys, self._ledger = journeys, ledger
        self.subjects: dict[str, SubjectRow] = {}
        self.events: dict[EventKey, LogRow] = {}
        self.things: dict[ThingName, dict[str, str]] = {}
        self.scans: dict[Carrier, datetime] = {}
        self.addresses: dict[tuple[str, str], dict[str, str | None]] = defaultdict(dict)
        self._of_subject: dict[str, list[LogRow]] = defaultdict(list)
        self._of_order: dict[str, list[LogRow]] = defaultdict(list)
        self._past: dict[str, dict[str, list[LogRow]]] = defaultdict(lambda: defaultdict(list))

    def write(self, accepted: Accepted) -> None:
        """The rows of a batch."""
        self.subjects.update(accepted.subjects)
        for join in accepted.joins:
            self._join(join)
        for name, homes in accepted.things.items():
            self.things.setdefault(name, {}).update(homes)
        self.scans.update(accepted.scans)
        self.hold(accepted.contacts.held)
        for order, customer in accepted.links.items():
            for row in self._of_order[order]:
                if row.customer_subject is None:
                    row.customer_subject = customer
                    self._past[customer][row.event.type].append(row)
        for event, row in accepted.log.items():
            self._append(event, row)
        for event in accepted.conflicts:
            self.events[event].conflicts += 1

    def after(self, subject: str, cursor: int, at_most: int) -> list[LogRow]:
        """The next events of a subject."""
        return self._of_subject[subject][cursor : cursor + at_most]

    def history(
        self, order: str | None, customer: str | None, watched: Container[str]
    ) -> tuple[Happening, ...]:
        """What a question looks back on: the watched events of the customer and of the order."""
        events = {
            row.event.key: row.event
            for subject in (customer, order)
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

    def hold(self, addresses: Mapping[AddressHeld, str | None]) -> None:
        """Until when customers have addresses, None for as long as is known."""
        for (shop, address, customer), until in addresses.items():
            self.addresses[shop, address][customer] = until

    def readers(
        self, shop: str, addresses: Iterable[str], customer: str | None
    ) -> dict[str, dict[str, str | None]]:
        """Who else is, or was, read at these addresses, and until when at each."""
        found: dict[str, dict[str, str | None]] = {}
        for address in addresses:
            for other, until in self.addresses.get((shop, address), {}).items():
                if other != customer:
                    found.setdefault(other, {})[address] = until
        return found

    def facts(self, subject: str | None) -> State | None:
        """What is known of a subject."""
        row = self.subjects.get(subject) if subject else None
        return row.facts if row else None

    def digest_of(self, event: EventKey) -> str | None:
        """The digest of an event that has been accepted."""
        row = self.events.get(event)
        return (row.digest or "") if row else None

    def homes(self, name: ThingName) -> Homes:
        """Who has a thing of this name."""
        return self.things.get(name, _NO_HOME)

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

    def scanned_at(self, carrier: Carrier) -> datetime | None:
        """The newest scan of a carrier that is noted."""
        return self.scans.get(carrier)

    def scans_of(self, shop: str) -> dict[str, datetime]:
        """The newest scan of each carrier of a shop."""
        return {carrier: at for (of, carrier), at in self.scans.items() if of == shop}

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

    def _join(self, join: JoinedThing) -> None:
        """Two things of a home turned out to be one."""
        for homes in self.things.values():
            if homes.get(join.home) == join.name:
                homes[join.home] = join.into
        for rows in self._past.get(join.home, _NOTHING).values():
            for row in rows:
                if join.home == (row.order_subject or row.customer_subject):
                    row.event = join.event(row.event)

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
