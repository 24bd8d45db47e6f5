"""The log in memory: subjects, events and things, with the indices that questions
need; no server.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from engine.catalog.rows import changed
from engine.facts.aliases import Homes, JoinedThing, ThingName, renamed_home
from engine.facts.contacts.readers import AddressHeld
from engine.facts.events import Event, EventKey
from engine.facts.history import Happening
from engine.facts.naming import own_id
from engine.facts.people import HandedOrder, Holders, JoinedPerson
from engine.facts.state import State
from store.memory.effect_rows import Effects
from store.records.log_rows import Accepted, Carrier, LogRow, SubjectRow

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
        self.merged: dict[str, str] = {}
        self._owned: dict[str, dict[str, None]] = defaultdict(dict)
        self._of_subject: dict[str, list[LogRow]] = defaultdict(list)
        self._of_order: dict[str, list[LogRow]] = defaultdict(list)
        self._past: dict[str, dict[str, list[LogRow]]] = defaultdict(lambda: defaultdict(list))

    def write(self, accepted: Accepted) -> None:
        """The rows of a batch."""
        for subject, row in accepted.subjects.items():
            self.put(subject, row)
        for join in accepted.names.joins:
            self._join(join)
        for name, homes in accepted.names.things.items():
            self.things.setdefault(name, {}).update(homes)
        self.scans.update(accepted.scans)
        self.hold(accepted.contacts.held)
        for order, customer in accepted.links.items():
            self._link(order, customer)
        for event, line in accepted.log.items():
            self._append(event, line)
        for event in accepted.conflicts:
            self.events[event].conflicts += 1

    def put(self, subject: str, row: SubjectRow) -> None:
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

    def orders_of(self, customer: str) -> set[str]:
        """The orders of a customer, by the events that name both."""
        past = self._past.get(customer, _NOTHING).values()
        return {row.order_subject for rows in past for row in rows if row.order_subject}

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

    def stands_for(self, customer: str) -> str:
        """Who a customer turned out to be."""
        return self.merged.get(customer, customer)

    def holders(self, shop: str, address: str) -> Holders:
        """Who has, or had, an address, and until when."""
        return self.addresses.get((shop, address), {})

    def owned_by(self, customer: str) -> list[str]:
        """The orders that belong to a customer."""
        return sorted(self._owned.get(customer, ()))

    def knows(self, subject: str) -> bool:
        """Whether there is a row of a subject."""
        return subject in self.subjects

    def join_person(self, join: JoinedPerson) -> None:
        """What names a customer names the one they turned out to be."""
        self.merged = {
            one: join.into if stands == join.name else stands for one, stands in self.merged.items()
        } | {join.name: join.into}
        for kind, rows in self._past.pop(join.name, _NOTHING).items():
            for row in rows:
                row.customer_subject = join.into
                row.event = changed(row.event, customer=own_id(join.into))
            self._past[join.into][kind] += rows
        self.things = {
            name: renamed_home(homes, join.name, join.into) for name, homes in self.things.items()
        }
        for held in self.addresses.values():
            if join.name in held:
                until = held.pop(join.name)
                held[join.into] = None if held.get(join.into, "") is None else until

    def hand_over(self, handed: HandedOrder) -> None:
        """What happened to an order happened to the customer it belongs to now."""
        for row in self._of_subject.get(handed.order, ()):
            if row.customer_subject == handed.before:
                self._past[handed.before][row.event.type].remove(row)
                row.customer_subject, row.event = handed.after, handed.event(row.event)
                self._past[handed.after][row.event.type].append(row)

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

    def _link(self, order: str, customer: str) -> None:
        for row in self._of_order[order]:
            if row.customer_subject is None:
                row.customer_subject = customer
                self._past[customer][row.event.type].append(row)

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
