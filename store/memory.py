"""The tables of PostgreSQL in memory, for the simulator: the same rows, the same answers, no server.

Held equal to `store/` on PostgreSQL by one contract suite.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from engine import intake, ledger
from engine.catalog import OF_ORDER
from engine.decide import Rulesets
from engine.decision import (
    COUNTED,
    OPEN,
    Decision,
    Effect,
    Firing,
    Happening,
    Logged,
    OnceKey,
    Outcome,
    Situation,
    Suppression,
    Todo,
)
from engine.events import Event, InvalidEvent
from engine.facts import State, customer_of, empty
from engine.gates import Allowed, Sent, Verdict, is_capped
from engine.intake import Entry, Intake, customer_subject, order_subject
from engine.judge import Question, judge
from engine.naming import Naming, own_id, shop_of, subject_id
from engine.rollups import Subjects
from engine.ruleset import CHANNELS, Ruleset

BATCH = 200


@dataclass(slots=True)
class Subject:
    """A row of `subjects`: the facts of one order or customer and the length of its log."""

    facts: State = field(default_factory=empty)
    seq: int = 0


@dataclass(slots=True)
class Journey:
    """A row of `journeys`: how far a journey has read and what it knew there."""

    subject: str
    facts: State = field(default_factory=empty)
    cursor: int = 0
    wake_at: datetime | None = None
    ended: bool = False


class MemoryStore:
    """Every table as a dictionary."""

    def __init__(self, ruleset: Ruleset, naming: Naming, channels: frozenset[str] = frozenset(CHANNELS)) -> None:
        self.naming, self.channels = naming, channels
        self.active = ruleset
        self.rulesets: dict[str, Ruleset] = {ruleset.revision: ruleset}
        self.subjects: dict[str, Subject] = defaultdict(Subject)
        self.things: dict[tuple[str, str, str], str] = {}
        self.events: dict[tuple[str, str], Event] = {}
        self.log: dict[str, list[Logged]] = defaultdict(list)
        self.past: dict[str, list[Event]] = defaultdict(list)
        self.nudges: dict[str, int] = {}
        self.journeys: dict[str, Journey] = {}
        self.waits: dict[str, dict[tuple[str, str], Firing]] = defaultdict(dict)
        self.once: dict[tuple[str, str, str], OnceKey] = {}
        self.effects: dict[str, Effect] = {}
        self.owned: dict[str, dict[str, None]] = defaultdict(dict)
        self.suppressions: dict[str, Suppression] = {}
        self.decisions: list[Decision] = []
        self.quarantine: list[tuple[str, str, str]] = []
        self.dead: set[str] = set()

    def publish(self, ruleset: Ruleset) -> None:
        """Make a revision the active one."""
        self.rulesets[ruleset.revision] = self.active = ruleset

    def ingest(self, events: Iterable[Event], now: datetime) -> list[str]:
        """Append events, fold them, note whom to wake; says `accepted`, `duplicate` or `quarantined` of each."""
        return [self._accept(event, now) for event in events]

    def _accept(self, event: Event, now: datetime) -> str:
        if (event.source, event.id) in self.events:
            return "duplicate"
        event = self._placed(event)
        order, known = order_subject(event), self._state(order_subject(event))
        customer = customer_subject(event.shop, event.customer or customer_of(known))
        linking = order is not None and customer_of(known) is None
        try:
            taken = intake.take_in(
                event, self.active, known, self._state(customer), self.past[order] if order and linking else ()
            )
        except Exception as error:  # noqa: BLE001  # a poison event must not stop its sender's others
            self.events[event.source, event.id] = event
            self.quarantine.append((event.source, event.id, f"{type(error).__name__}: {error}"))
            return "quarantined"
        self._write(taken, order, now)
        return "accepted"

    def _write(self, taken: Intake, order: str | None, now: datetime) -> None:
        shop = taken.entries[0].event.shop
        if order and taken.order:
            self.subjects[order].facts = taken.order
        if customer := customer_subject(shop, taken.customer_id):
            self.subjects[customer].facts = taken.customer or empty()
            if order and not any(event.order for event in self.past[customer] if order_subject(event) == order):
                self.past[customer] += self.past[order]
        for entry in taken.entries:
            self._append(entry, [one for one in (order, customer) if one], now)

    def _append(self, entry: Entry, subjects: list[str], now: datetime) -> None:
        event, row = entry.event, self.subjects[entry.subject]
        row.seq += 1
        self.events[event.source, event.id] = event
        self.log[entry.subject].append(Logged(row.seq, event, self.active.revision, entry.stale, now))
        for subject in subjects:
            self.past[subject].append(event)
        for kind, thing in event.things.items():
            if (order := order_subject(event)) and kind in OF_ORDER:
                self.things.setdefault((event.shop, kind, thing), order)
        journey = self.naming.journey(entry.subject)
        if entry.wakes == "always" or self._wakes(entry.wakes, journey):
            self.nudges[journey] = row.seq
            self.journeys.setdefault(journey, Journey(entry.subject))

    def _wakes(self, wakes: str, journey: str) -> bool:
        if wakes == "if_running":
            return journey in self.journeys
        return wakes == "if_holding" and any(self._held(journey))

    def _placed(self, event: Event) -> Event:
        """An event that names a known parcel, return or review names its order."""
        if event.order is None:
            for kind, thing in sorted(event.things.items()):
                if order := self.things.get((event.shop, kind, thing)):
                    return replace(event, order=own_id(order))
        if event.order is None and event.customer is None:
            raise InvalidEvent("data", "names neither a known order, parcel, return or review nor a customer")
        return event

    def _state(self, subject: str | None) -> State | None:
        row = self.subjects.get(subject) if subject else None
        return row.facts if row else None

    def situation(self, journey: str) -> tuple[Rulesets, Situation]:
        """One snapshot of everything a decision may look at."""
        row = self.journeys[journey]
        events = self.log[row.subject][row.cursor : row.cursor + BATCH]
        subjects = self._subjects(row.subject, next((one.event.customer for one in reversed(events)), None))
        return Rulesets(self.active, self.rulesets), Situation(
            journey=journey,
            subject=row.subject,
            cursor=row.cursor,
            facts=row.facts,
            subjects=subjects,
            events=tuple(events),
            more=self.subjects[row.subject].seq > row.cursor + len(events),
            waiting=tuple(self.waits[journey].values()),
            held=tuple(self._held(journey)),
            open_effects=len(self.open(journey)),
            history=self._history(subjects),
            once=tuple(key for key in self.once.values() if key.subject in _ids(subjects)),
        )

    def apply(self, situation: Situation, outcome: Outcome, now: datetime) -> Todo:
        """Write an outcome and answer what is open."""
        row, journey = self.journeys[situation.journey], situation.journey
        waits = self.waits[journey]
        for firing in outcome.ended_waits:
            waits.pop((firing.rule_id, firing.occurrence), None)
        waits.update({(firing.rule_id, firing.occurrence): firing for firing in outcome.waits})
        self.once.update({(key.subject, key.rule_id, key.value): key for key in outcome.once})
        self._add_effects(outcome.effects, customer_subject(situation.subjects.shop, situation.subjects.customer_id))
        for silence in outcome.suppressions:
            self.suppressions.setdefault(silence.key, silence)
        for held in outcome.released:
            self._set(ledger.released(self.effects[held], now))
        for held, reason, by in outcome.dropped:
            self._set(ledger.dropped(self.effects[held], reason, by, now))
        self.decisions += outcome.decisions
        self.quarantine += [("journey", f"{journey} {seq}", why) for seq, why in outcome.quarantined]
        row.facts, row.cursor, row.wake_at, row.ended = outcome.facts, outcome.cursor, outcome.wake_at, outcome.ended
        if not situation.more:
            self.nudges.pop(journey, None)
        return Todo(self.open(journey), outcome.wake_at, outcome.ended)

    def _add_effects(self, effects: Iterable[Effect], customer: str | None) -> None:
        """A row that ended unsent and gave its key back is wanted anew; every other one stays as it is."""
        for effect in effects:
            old = self.effects.get(effect.key)
            if old is None or ledger.gives_key_back(old):
                self._set(effect.now(customer=customer))

    def open(self, journey: str) -> tuple[tuple[str, str], ...]:
        """Every effect of a journey that still has to happen."""
        return tuple((one.kind, one.key) for one in self._effects_of(journey) if one.state in OPEN)

    def attempt(self, key: str, owner: str, now: datetime) -> Verdict:
        """An attempt starts: everything is asked once more, then the effect is claimed, held or dropped."""
        question = self.question(key)
        verdict = judge(question, now)
        self._set(ledger.attempted(question.effect, verdict, owner, self.active.revision, now))
        return verdict

    def begin_data(self, key: str, owner: str, now: datetime) -> bool:
        """The last question before DATA; False if the message may not leave or another attempt has taken over."""
        question = self.question(key)
        if (question.effect.state, question.effect.owner) != ("claimed", owner):
            return False
        verdict = judge(question, now)
        self._set(ledger.data_begins(question.effect, verdict, now))
        return isinstance(verdict, Allowed)

    def sent(self, key: str, owner: str, now: datetime) -> bool:
        """The receiver said 250."""
        effect = self.effects[key]
        if (effect.state, effect.owner) != ("data", owner):
            return False
        self._set(ledger.sent(effect, now))
        return True

    def finish(self, key: str, owner: str, result: Any, now: datetime) -> bool:
        """A call has done its work."""
        effect = self.effects[key]
        if (effect.state, effect.owner) != ("claimed", owner):
            return False
        self._set(ledger.finished(effect, result, now))
        return True

    def question(self, key: str, *, alone: bool = False) -> Question:
        """One effect and everything its attempt may look at."""
        effect = self.effects[key]
        firing = effect.firing
        subjects = self._subjects(self.journeys[firing.journey].subject, None, firing.order)
        customer = customer_subject(subjects.shop, subjects.customer_id)
        if customer != effect.customer:
            effect = effect.now(customer=customer)
            self._set(effect)
        category = self.active.policies.category(effect.category or "")
        weighed = not alone and customer is not None and category and is_capped(category, self.active.policies)
        others = [one for one in self._effects_of(customer or "") if one.key != key]
        return Question(
            effect=effect,
            ruleset=self.active,
            pinned=self.rulesets.get(firing.revision),
            subjects=subjects,
            history=self._history(subjects),
            silences=tuple(one for one in self.suppressions.values() if _silences(one, subjects)),
            sent=_counted(others) if weighed else (),
            rivals=tuple(self.question(one.key, alone=True) for one in others if _is_rival(one)) if weighed else (),
            channels=self.channels,
            dead=frozenset(self.dead),
        )

    def _effects_of(self, owner: str) -> list[Effect]:
        """The effects of a journey or of a customer."""
        return [self.effects[key] for key in self.owned[owner]]

    def _set(self, effect: Effect) -> None:
        self.effects[effect.key] = effect
        self.owned[effect.firing.journey][effect.key] = None
        if effect.customer:
            self.owned[effect.customer][effect.key] = None
        if ledger.gives_key_back(effect):
            self._give_back(effect)

    def _give_back(self, effect: Effect) -> None:
        """Free the once-key of a firing of which nothing went out."""
        firing = effect.firing
        same = [one for one in self._effects_of(firing.journey) if _is_of(one.firing, firing)]
        if all(ledger.gives_key_back(one) for one in same):
            taken = [key for key in self.once.values() if (key.rule_id, key.holder) == (firing.rule_id, firing.holder)]
            for key in taken:
                del self.once[key.subject, key.rule_id, key.value]

    def _held(self, journey: str) -> list[Effect]:
        return [one for one in self._effects_of(journey) if one.state == "held"]

    def _subjects(self, subject: str, named: str | None, order: str | None = None) -> Subjects:
        shop = shop_of(subject)
        if subject.startswith("customer:"):
            about = self._state(subject_id("order", shop, order)) if order else None
            return Subjects(about, self._state(subject), order, own_id(subject), shop)
        state = self._state(subject)
        customer = customer_of(state) or named
        return Subjects(state, self._state(customer_subject(shop, customer)), own_id(subject), customer, shop)

    def _history(self, subjects: Subjects) -> tuple[Happening, ...]:
        seen: dict[tuple[str, str], Happening] = {}
        for subject in _ids(subjects):
            for event in self.past.get(subject, ()):
                if event.type in self.active.watched:
                    seen[event.source, event.id] = happening(event)
        return tuple(sorted(seen.values(), key=lambda one: (one.occurred_at, one.type)))


def happening(event: Event) -> Happening:
    """An event as `stop_if` and `until` look at it."""
    return Happening(event.type, event.occurred_at, event.order, event.customer, event.things)


def _ids(subjects: Subjects) -> Sequence[str]:
    order = subject_id("order", subjects.shop, subjects.order_id) if subjects.order_id else None
    return [one for one in (customer_subject(subjects.shop, subjects.customer_id), order) if one]


def _silences(silence: Suppression, subjects: Subjects) -> bool:
    if silence.across_customer:
        return silence.customer is not None and silence.customer == subjects.customer_id
    if silence.order is not None:
        return silence.order == subjects.order_id
    return silence.customer == subjects.customer_id


def _counted(effects: Iterable[Effect]) -> tuple[Sent, ...]:
    return tuple(
        Sent(one.category, one.settled_at or one.firing.due_at)
        for one in effects
        if one.category and one.state in COUNTED
    )


def _is_of(one: Firing, other: Firing) -> bool:
    return (one.rule_id, one.occurrence) == (other.rule_id, other.occurrence)


def _is_rival(effect: Effect) -> bool:
    return effect.kind == "send" and effect.state in ("wanted", "held")
