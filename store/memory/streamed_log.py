"""The store in memory for a log of any length: what has come to rest is laid on disk, what is
decided is handed on.

A customer or order of whom nothing was heard for a while, and for whom nothing waits, leaves memory
as one bundle and comes back as soon as it is named again; so the answers are those of
`MemoryStore`.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from tempfile import TemporaryFile
from weakref import finalize

from engine.decisions.decision import Decision, OnceKey, OpenWork, Outcome, Situation
from engine.decisions.effects import (
    OPEN,
    ActionCall,
    Claimed,
    DigestPart,
    Effect,
    Emission,
    Message,
    Status,
)
from engine.decisions.firing import Cause, Due, Firing
from engine.decisions.reason import Reason
from engine.facts.contacts.readers import addresses_of
from engine.facts.events import Event, Origin
from engine.facts.identity.early_news import address_name
from engine.facts.identity.person_names import every_name, person_names
from engine.facts.identity.persons import MERGED_FROM, guests_of, is_guest, stated_addresses
from engine.facts.intake import customer_subject, order_subject
from engine.facts.naming import Naming, shop_of
from engine.rules.ruleset import Ruleset, Rulesets
from engine.sending.question import Question
from store.memory.journey_rows import MemoryJourney
from store.memory.log import Lifted
from store.memory.packed_rows import packed, reducers, unpacked
from store.memory.store import MemoryStore
from store.records.log_rows import LogRow, SubjectRow

# Nothing leaves memory sooner; a cap that looks back further keeps its customers in it as long.
_RESTS_AFTER = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class _Bundle:
    """Every row of one subject and its journey."""

    subject: str
    log: Lifted
    journey: MemoryJourney | None
    once: list[OnceKey]
    effects: list[Effect]


_REDUCERS = reducers(
    _Bundle,
    Lifted,
    MemoryJourney,
    SubjectRow,
    LogRow,
    Event,
    Origin,
    Message,
    ActionCall,
    Emission,
    Status,
    Claimed,
    DigestPart,
    Firing,
    Cause,
    Due,
    OnceKey,
    Reason,
)


class StreamingStore(MemoryStore):
    """A `MemoryStore` whose memory does not grow with the log; `see` is handed every decision, none
    is kept.
    """

    def __init__(
        self,
        ruleset: Ruleset,
        naming: Naming,
        channels: frozenset[str],
        see: Callable[[Sequence[Decision]], None],
    ) -> None:
        super().__init__(ruleset, naming, channels)
        self._see = see
        self._rests_after = max([_RESTS_AFTER, *(cap.per.nominal for cap in ruleset.policies.caps)])
        # The longest untouched first; a plain dict would look for its first key among all that have
        # left it.
        self._touched: OrderedDict[str, datetime] = OrderedDict()
        self._keys: dict[str, dict[str, None]] = defaultdict(dict)
        self._resting: dict[str, tuple[int, int]] = {}
        self._disk = TemporaryFile()  # noqa: SIM115  # it has no name, and is gone with the store
        finalize(self, self._disk.close)

    def ingest(self, events: Sequence[Event], now: datetime) -> list[str]:
        """As `MemoryStore.ingest`; whoever is named comes back to memory first, whoever rests
        leaves it.
        """
        for event in events:
            self._recall(order_subject(event), now)
            if named := customer_subject(event.shop, event.customer):
                self._recall(self.log.stands_for(named), now)
            for name in every_name(event):
                for home in self.log.homes(name):
                    self._recall(home, now)
            for person in self._meant(event):
                self._recall(person, now)
                for order in self.log.owned_by(person) if self._may_join(person, event) else ():
                    self._recall(order, now)
            if self.log.unplaced:
                self._recall_awaited(event, now)
        results = super().ingest(events, now)
        self._rest(now)
        return results

    def _recall_awaited(self, event: Event, now: datetime) -> None:
        """Whoever shares an address for which something waits with a customer whom an event names,
        since it may be the others' now.
        """
        named = customer_subject(event.shop, event.customer)
        for person in {*self._meant(event), *([self.log.stands_for(named)] if named else [])}:
            for address in addresses_of(None, self.log.facts(person)):
                if address_name(event.shop, address) in self.log.unplaced:
                    for other in self.log.holders(event.shop, address):
                        self._recall(other, now)

    def _meant(self, event: Event) -> Iterator[str]:
        """Customers whom an event may mean by an address or a former id."""
        if other := customer_subject(event.shop, event.data.get(MERGED_FROM)):
            yield self.log.stands_for(other)
        yield from map(self.log.stands_for, guests_of(event, self.naming))
        for _, address in stated_addresses(event):
            yield from self.log.holders(event.shop, address)
        for name in person_names(event):
            yield from self.log.homes(name)

    def _may_join(self, person: str, event: Event) -> bool:
        """Whether a customer may turn out to be another one: their orders go along."""
        other = customer_subject(event.shop, event.data.get(MERGED_FROM))
        return is_guest(person) or (other is not None and self.log.stands_for(other) == person)

    def situation(self, journey: str, now: datetime | None = None) -> tuple[Rulesets, Situation]:
        """As `MemoryStore.situation`, of a journey that may have come to rest."""
        self._thaw(journey)
        subject = self.journeys[journey].subject
        if (row := self.log.subjects.get(subject)) and subject.startswith("order:"):
            self._thaw_customer(row.customer(subject))
        return super().situation(journey, now)

    def question(self, key: str, now: datetime | None = None) -> Question:
        """As `MemoryStore.question`; who else is read where a message may go comes back to
        memory.
        """
        effect = self.effects[key]
        subject = self.journeys[effect.firing.journey].subject
        order, customer = self._whose(subject, effect.firing)
        where = addresses_of(self.log.facts(order), self.log.facts(customer))
        for other in self.log.readers(shop_of(subject), where, customer):
            self._thaw_customer(other)
        return super().question(key, now)

    def apply(self, situation: Situation, outcome: Outcome, now: datetime) -> OpenWork:
        """As `MemoryStore.apply`; the decisions are handed on."""
        todo = super().apply(situation, outcome, now)
        self._touch(situation.subject, now)
        if outcome.effects:
            # What was said to a customer counts for all of their orders, so it leaves memory with
            # the customer.
            whose = (
                customer_subject(situation.subjects.shop, situation.subjects.customer_id)
                or situation.subject
            )
            self._keys[self.naming.journey(whose)].update(
                dict.fromkeys(effect.key for effect in outcome.effects)
            )
        self._see(outcome.decisions)
        self.decisions.clear()
        return todo

    def _recall(self, subject: str | None, now: datetime) -> None:
        """A subject is named: it is in memory from now on, an order with its customer."""
        if subject is None:
            return
        self._thaw(self.naming.journey(subject))
        self._touch(subject, now)
        if (row := self.log.subjects.get(subject)) and subject.startswith("order:"):
            self._recall(row.customer(subject), now)

    def _touch(self, subject: str, now: datetime) -> None:
        self._touched[subject] = now
        self._touched.move_to_end(subject)

    def _rest(self, now: datetime) -> None:
        """Whoever was not named for long leaves memory, unless something waits for them."""
        while self._touched:
            subject, touched_at = next(iter(self._touched.items()))
            if now - touched_at <= self._rests_after:
                return
            del self._touched[subject]
            if self._is_busy(self.naming.journey(subject)):
                self._touched[subject] = now
            else:
                self._freeze(subject)

    def _is_busy(self, journey: str) -> bool:
        row, keys = self.journeys.get(journey), self._keys.get(journey, ())
        return bool(
            journey in self.nudges
            or self.waits.get(journey)
            or (row and row.wake_at and not row.ended)
            or any(
                one.state == "held" or one.state in OPEN
                for one in map(self.effects.get, keys)
                if one
            )
        )

    def _freeze(self, subject: str) -> None:
        journey = self.naming.journey(subject)
        self.waits.pop(journey, None)
        bundle = _Bundle(
            subject,
            self.log.lift(subject),
            self.journeys.pop(journey, None),
            self.once.lift(subject),
            self.table.lift(self._keys.pop(journey, ())),
        )
        stored = packed(bundle, _REDUCERS)
        self._resting[journey] = self._disk.seek(0, 2), len(stored)
        self._disk.write(stored)

    def _thaw_customer(self, customer: str | None) -> None:
        if customer is not None:
            self._thaw(self.naming.journey(customer))

    def _thaw(self, journey: str) -> None:
        if (place := self._resting.pop(journey, None)) is None:
            return
        self._disk.seek(place[0])
        bundle: _Bundle = unpacked(self._disk.read(place[1]))
        self.log.lay(bundle.subject, bundle.log)
        if bundle.journey is not None:
            self.journeys[journey] = bundle.journey
        for effect in bundle.effects:
            self.table.set(effect)
        for key in bundle.once:
            self.once.take(key)
        self._keys[journey] = dict.fromkeys(effect.key for effect in bundle.effects)
