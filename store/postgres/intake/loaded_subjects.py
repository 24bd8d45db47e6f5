"""What the tables held of the subjects that a batch of events names, as it was read under their
locks.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.facts.events import Event, EventKey
from engine.facts.identity.aliases import Homes, ThingName
from engine.facts.identity.early_news import awaited_names
from engine.facts.identity.persons import Holders
from store.postgres.sessions.readable_rows import readable
from store.postgres.sessions.transactions import Overtaken
from store.records.log_rows import Carrier, EarlyEvent, SubjectRow


@dataclass(slots=True)
class LoadedSubjects:
    """What the tables held, under the locks; `store.records.log_rows.KnownSubjects`."""

    digests: dict[EventKey, str]
    things: dict[ThingName, dict[str, str]]
    stands: dict[str, str] = field(default_factory=dict)
    held: dict[tuple[str, str], dict[str, str | None]] = field(default_factory=dict)
    subjects: dict[str, SubjectRow] = field(default_factory=dict)
    orders: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    past: dict[str, list[Event]] = field(default_factory=lambda: defaultdict(list))
    changing: frozenset[str] = frozenset()
    running: frozenset[str] = frozenset()
    holding: frozenset[str] = frozenset()
    scans: dict[Carrier, datetime] = field(default_factory=dict)
    early: list[EarlyEvent] = field(default_factory=list)

    def digest_of(self, event: EventKey) -> str | None:
        """The digest of an event that has been accepted."""
        return self.digests.get(event)

    def homes(self, name: ThingName) -> Homes:
        """Who has a thing of this name."""
        return self.things.get(name, {})

    def subject(self, subject: str) -> SubjectRow:
        """Raises `Overtaken` for one that is not locked: its order got another customer since it
        was looked up.
        """
        if subject not in self.subjects:
            raise Overtaken(subject)
        return self.subjects[subject]

    def earlier(self, order: str) -> list[Event]:
        """Every event that names an order; raises `Overtaken` if they were not looked up."""
        if order not in self.changing and self.subject(order).customer(order):
            raise Overtaken(order)
        return self.past[order]

    def runs(self, journey: str) -> bool:
        """Whether a journey has ever been woken."""
        return journey in self.running

    def holds(self, journey: str) -> bool:
        """Whether a journey holds messages back."""
        return journey in self.holding

    def scanned_at(self, carrier: Carrier) -> datetime | None:
        """The newest scan of a carrier that is noted."""
        return self.scans.get(carrier)

    def stands_for(self, customer: str) -> str:
        """Who a customer turned out to be."""
        return self.stands.get(customer, customer)

    def holders(self, shop: str, address: str) -> Holders:
        """Who has, or had, an address, and until when."""
        return self.held.get((shop, address), {})

    def owned_by(self, customer: str) -> list[str]:
        """The orders of a customer who may turn out to be somebody else."""
        return self.orders[customer]

    def knows(self, subject: str) -> bool:
        """Whether there is a row of a subject, and it is locked."""
        return subject in self.subjects

    def awaiting(self, names: Iterable[ThingName]) -> list[EarlyEvent]:
        """The events that wait under any of these names, in the order in which they came."""
        wanted = set(names)
        return [one for one in self.early if not wanted.isdisjoint(awaited_names(one.event))]

    def awaited_of(self, customer: str) -> set[ThingName]:
        """The names of a customer under which events wait."""
        names = {name for one in self.early for name in awaited_names(one.event)}
        return {name for name in names if customer in self.homes(name)}


def past_in(rows: Iterable[Any]) -> list[tuple[str, Event]]:
    """What happened to orders, from rows of order and body in JSON."""
    return readable("events", lambda order, body: (order, Event.from_json(body)), rows)


def digests_in(rows: list[list[str]]) -> dict[EventKey, str]:
    """The digests of events that have been accepted, "" where there is none."""
    return {(shop, source, event): found or "" for shop, source, event, found in rows}


def homes_in(rows: list[list[str]]) -> dict[ThingName, dict[str, str]]:
    """Each name of a thing with its homes, the newest last."""
    found: dict[ThingName, dict[str, str]] = defaultdict(dict)
    for shop, kind, thing, home, known_as in rows:
        found[shop, kind, thing][home] = known_as
    return found
