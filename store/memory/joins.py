"""Two things or two people that turned out to be one, and orders that changed hands, in memory."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from engine.catalog.rows import changed
from engine.decisions.decision import OnceKey
from engine.decisions.effects import Effect, Message
from engine.decisions.reason import Reason
from engine.facts.identity.aliases import JoinedThing
from engine.facts.identity.persons import HandedOrder, JoinedPerson, joined_customers
from engine.facts.naming import Naming
from engine.facts.state import empty, joined
from engine.sending.ledger import DROPPED
from store.memory.effect_rows import Effects, OnceKeys
from store.memory.journey_rows import MemoryJourney, Waits
from store.memory.log import Log
from store.memory.silence_rows import Silences
from store.records.joined_rows import (
    KeyHolder,
    crossing_holders,
    joined_key,
    joined_wait,
    left_over,
    moved_wait,
    one_of_each_key,
    one_of_each_wait,
)


@dataclass(frozen=True, slots=True)
class MemoryJoins:
    """Everything that hangs on a thing or a person, in memory."""

    naming: Naming
    log: Log
    journeys: dict[str, MemoryJourney]
    waits: Waits
    once: OnceKeys
    effects: Effects
    silences: Silences

    def join(self, join: JoinedThing, now: datetime) -> None:
        """What hangs on either of two things of a home hangs on one of them; the log and the facts
        of the home are joined already.
        """
        journey = self.naming.journey(join.home)
        if row := self.journeys.get(journey):
            row.facts = joined(row.facts, join.kind, join.name, join.into)
        waits = [
            joined_wait(wait, join, self.naming) for wait in self.waits.get(journey, {}).values()
        ]
        if waits:
            self.waits[journey] = one_of_each_wait(waits)
        self._join_keys(join, now)
        for effect in self.effects.unsettled(journey):
            firing = effect.firing
            if (about := join.about(firing.about)) and about != firing.about:
                self.effects.rows[effect.key] = changed(effect, firing=firing.now(about=about))
        self.silences.join(join)

    def change_person(self, change: JoinedPerson | HandedOrder, now: datetime) -> None:
        """What hangs on a customer hangs on the one they turned out to be; what goes along with an
        order, on the one who has it now.
        """
        if isinstance(change, HandedOrder):
            self.log.hand_over(change)
            self.silences.hand_over(change)
            return
        self.log.join_person(change)
        self.effects.join_person(change.name, change.into)
        self.silences.join_person(change.name, change.into)
        keys = [*self.once.lift(change.into), *self.once.lift(change.name)]
        self._put_back([changed(one, subject=change.into) for one in keys], now)
        self._join_journeys(change)

    def _join_journeys(self, join: JoinedPerson) -> None:
        """A journey stays, to see to what is open; what waits there waits in the other one."""
        gone, kept = self.naming.journey(join.name), self.naming.journey(join.into)
        if (row := self.journeys.get(gone)) is None:
            return
        survivor = self.journeys.setdefault(kept, MemoryJourney(join.into))
        survivor.facts, row.facts = joined_customers(survivor.facts, row.facts), empty()
        waits = [*self.waits.get(kept, {}).values()]
        waits += [moved_wait(one, join, kept) for one in self.waits.pop(gone, {}).values()]
        if waits:
            self.waits[kept] = one_of_each_wait(waits)

    def _join_keys(self, join: JoinedThing, now: datetime) -> None:
        row = self.log.subjects.get(join.home)
        whose = {join.home, row.customer(join.home) if row else None} - {None}
        for subject in whose:
            keys = self.once.lift(str(subject))
            self._put_back([joined_key(key, join, self.naming) for key in keys], now)

    def _put_back(self, keys: list[OnceKey], now: datetime) -> None:
        """Once-keys of which several may be one by now."""
        spoken = frozenset(
            _holder(one)
            for one in self._held_by(crossing_holders(keys))
            if one.state in ("leaving", "sent", "uncertain", "done")
        )
        for key in one_of_each_key(keys, spoken).values():
            self.once.take(key)
        for one in self._held_by(left_over(keys, spoken)):
            if _is_unsaid(one):
                self.effects.set(DROPPED(Reason.ALREADY_DONE, None).of(one, now))

    def _held_by(self, holders: AbstractSet[KeyHolder]) -> list[Effect]:
        """The effects of firings, by how their once-keys name them."""
        every = sorted(self.effects.rows.values(), key=attrgetter("key")) if holders else []
        return [one for one in every if _holder(one) in holders]


def _holder(effect: Effect) -> KeyHolder:
    return effect.firing.rule_id, effect.firing.holder


def _is_unsaid(effect: Effect) -> bool:
    """Whether nothing is said or done yet, nor about to be by a call; what carries others in a
    digest leaves all the same.
    """
    if isinstance(effect, Message) and effect.carries:
        return False
    return effect.state in ("wanted", "held") or (
        effect.state == "claimed" and effect.kind == "send"
    )
