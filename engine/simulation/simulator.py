"""The same decisions over a virtual clock, on a store it is given: what a log of events would lead
to.

Load, decide, apply, and nothing of its own: every answer comes from `decide` and `judge`, as on the
real parts.
"""

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol, assert_never

from engine.catalog.rows import row
from engine.decisions.decide import decide
from engine.decisions.decision import OpenWork, Outcome, Situation
from engine.decisions.deeds import event_of
from engine.decisions.effects import ActionCall, Effect, Emission, Message
from engine.decisions.reason import Reason
from engine.facts.events import Event, InvalidEvent
from engine.facts.naming import Naming
from engine.facts.subjects import Suppression
from engine.rules.ruleset import Rulesets
from engine.sending.gates import Dropped, Held
from engine.sending.judge import awaited_calls
from engine.sending.ledger import DROPPED, FAILED, FINISHED, RELEASED, Change
from engine.sending.question import MessageQuestion, Question

# What the log answers of an event that it holds.
_HAS_HAPPENED = frozenset({"accepted", "unplaced", "duplicate", "conflict"})
# The one worker of the simulation.
OWNER = "simulator"


class Failed(Exception):
    """A call that will never succeed, or a message that cannot be written; the text says why.

    `carried` is the key of the message in a digest that cannot be written, where it is not the
    carrier itself; `why` is what becomes of it.
    """

    def __init__(
        self, text: str, carried: str | None = None, why: Held | Dropped | None = None
    ) -> None:
        super().__init__(text)
        self.carried = carried
        self.why = why or Dropped(Reason.ERROR, text)


@row
class Step:
    """What one attempt made of an effect: the effect as it stands then, why it had been held, and
    the words that were sent.

    `awaited_room`: it had been held by a cap or a mix, for longer than to the end of its minute.
    """

    at: datetime
    effect: Effect
    was: Reason | None = None
    words: str = ""
    awaited_room: bool = False


@row
class Hands:
    """What carries effects out, and who looks on; both answer as the world would, or raise
    `Failed`.

    `call` gives the result of an action as JSON, `lacks` the compulsory parameter of a call that
    nobody knows, `write` the text of a message, whose question names its channel.
    """

    call: Callable[[ActionCall], object] = lambda _: None
    lacks: Callable[[ActionCall], str | None] = lambda _: None
    write: Callable[[MessageQuestion, datetime], str] = lambda _, __: ""
    see: Callable[[Step], None] = lambda _: None
    see_silence: Callable[[Suppression, datetime], None] = lambda _, __: None


HANDS = Hands()


class SimulatorLedger(Protocol):
    """What the simulator asks of a ledger."""

    def attempt(self, key: str, owner: str, now: datetime) -> Any:
        """Ask everything once more and claim the effect."""

    def sent_at_once(self, key: str, owner: str, now: datetime) -> bool:
        """The receiver has the message at the instant of the attempt."""

    def change(self, key: str, owner: str | None, change: Change, now: datetime) -> bool:
        """Any other change of the law."""

    def leave_out(
        self, key: str, owner: str, carried: str, why: Held | Dropped, now: datetime
    ) -> bool:
        """A message that a digest carries cannot be written, or not with all the others."""


class SimulatorStore(Protocol):
    """What the simulator asks of a store; `store.memory.store` is one."""

    naming: Naming
    nudges: dict[str, int]

    @property
    def effects(self) -> Mapping[str, Effect]:
        """The ledger by key."""

    def ingest(self, events: Sequence[Event], now: datetime) -> Sequence[str]:
        """Append events, fold them, note whom to wake."""

    def situation(self, journey: str, now: datetime | None = None) -> tuple[Rulesets, Situation]:
        """One snapshot of everything a decision may look at at a moment."""

    def apply(self, situation: Situation, outcome: Outcome, now: datetime) -> OpenWork:
        """Write an outcome and answer what is open."""

    @property
    def ledger(self) -> SimulatorLedger:
        """Its commands."""


class Simulator:
    """Plays events as they come, each at the time it occurred; between them, whatever falls due."""

    def __init__(self, store: SimulatorStore, hands: Hands = HANDS) -> None:
        self.store, self.hands = store, hands
        self.now = datetime.min.replace(tzinfo=UTC)
        self.alarms: list[tuple[datetime, str]] = []
        self.wakes: dict[str, datetime] = {}

    def play(self, events: Iterable[Event], until: datetime | None = None) -> None:
        """Every event at the time it occurred, or at once if that is past already; then all that is
        due by `until`.
        """
        for event in events:
            self.pass_time(event.occurred_at)
            self.accept([event], self.now)
        if until is not None:
            self.pass_time(until, including=True)

    def accept(self, events: Sequence[Event], now: datetime) -> None:
        """Events become known at `now`, all of them before anything is decided."""
        for event in events:
            self.store.ingest([event], now)
        self._see_to_nudged(now)

    def wake(self, journey: str, now: datetime) -> None:
        """A journey sees to whatever is due at `now`."""
        self._see_to(journey, now)
        self._see_to_nudged(now)

    def pass_time(self, until: datetime, *, including: bool = False) -> None:
        """Whatever falls due before `until`, or at it too; events come before what is due at the
        same instant.
        """
        while self.alarms and (
            self.alarms[0][0] < until or (including and self.alarms[0][0] == until)
        ):
            self.now, journey = heapq.heappop(self.alarms)
            if self.wakes.get(journey) == self.now:  # else it has been set anew meanwhile
                del self.wakes[journey]
                self.wake(journey, self.now)
        self.now = max(self.now, until)

    def _see_to_nudged(self, now: datetime) -> None:
        while self.store.nudges:
            self._see_to(next(iter(self.store.nudges)), now)

    def _see_to(self, journey: str, now: datetime) -> None:
        """Decide, carry out what is open, and decide again while an effect came back held."""
        while True:
            rulesets, situation = self.store.situation(journey, now)
            outcome = decide(rulesets, situation, self.store.naming, now)
            todo = self.store.apply(situation, outcome, now)
            for silence in outcome.suppressions:
                self.hands.see_silence(silence, now)
            was_held = [self._was_held(key, now) for _, key in todo.open]
            if not any(was_held) and not situation.more:
                break
        self._set_alarm(journey, todo.wake_at and max(todo.wake_at, now))

    def _set_alarm(self, journey: str, at: datetime | None) -> None:
        """A journey has one alarm; one that was set before rings in vain."""
        if at is None:
            self.wakes.pop(journey, None)
        elif self.wakes.get(journey) != at:
            self.wakes[journey] = at
            heapq.heappush(self.alarms, (at, journey))

    def _was_held(self, key: str, now: datetime, waited: Reason | None = None) -> bool:
        """Carry out one effect as an activity does; whether it has to be seen to again.

        `waited`: why the message that releases this call had been held, and so the call too.
        """
        before = self.store.effects[key]
        was = before.reason or waited
        attempt = self.store.ledger.attempt(key, OWNER, now)
        words = self._carry_out(attempt.question, now, was) if self._is_claimed(key) else ""
        effect = self.store.effects[key]
        awaited_room = isinstance(before, Message) and before.awaits_room
        self.hands.see(Step(now, effect, was=was, words=words, awaited_room=awaited_room))
        for one in attempt.question.carried if attempt.question else ():
            self._see_carried(effect, self.store.effects[one.effect.key], now)
        return effect.state in ("held", "wanted")

    def _see_carried(self, carrier: Effect, carried: Effect, now: datetime) -> None:
        """A message in a digest has ended once the digest is sent, or for a reason of its own."""
        is_left_out = carried.reason is not Reason.DIGESTED
        if carried.state == "dropped" and (carrier.state == "sent" or is_left_out):
            self.hands.see(Step(now, carried))

    def _carry_out(self, question: Question, now: datetime, was: Reason | None) -> str:
        """Do what was claimed; the words of a message."""
        key = question.effect.key
        try:
            if isinstance(question, MessageQuestion):
                return self._send(question, now, was)
            self._change(key, self._done(question.effect, now), now)
        except Failed as failure:
            if failure.carried is not None:
                self.store.ledger.leave_out(key, OWNER, failure.carried, failure.why, now)
            elif isinstance(question, MessageQuestion):
                self._change(key, DROPPED(Reason.ERROR, str(failure)), now)
            else:
                self._change(key, FAILED(str(failure)), now)
        return ""

    def _done(self, effect: Effect, now: datetime) -> Change:
        """Carry out a call or an event; what becomes of it."""
        match effect:
            case Message():
                raise TypeError("a message is sent")
            case Emission():
                return self._emitted(effect, now)
            case ActionCall():
                if unknown := self.hands.lacks(effect):
                    return DROPPED(Reason.FACT_UNKNOWN, unknown)
                return FINISHED(self.hands.call(effect))
            case _:
                assert_never(effect)

    def _emitted(self, effect: Emission, now: datetime) -> Change:
        """An own event is taken in like any other; what cannot be is no event."""
        try:
            (answer,) = self.store.ingest([event_of(effect)], now)
        except InvalidEvent as wrong:
            raise Failed(str(wrong)) from None
        if answer not in _HAS_HAPPENED:
            raise Failed(answer)
        return FINISHED(None)

    def _change(self, key: str, change: Change, now: datetime) -> None:
        self.store.ledger.change(key, OWNER, change, now)

    def _send(self, question: MessageQuestion, now: datetime, was: Reason | None) -> str:
        key = question.effect.key
        while self.store.effects[key].state == "claimed" and (
            calls := awaited_calls(question, now)
        ):
            for call in calls:
                self.store.ledger.change(call, None, RELEASED(), now)
                self._was_held(call, now, was)
            question = self.store.ledger.attempt(key, OWNER, now).question or question
        if not self._is_claimed(key):
            return ""
        words = self.hands.write(question, now)
        return words if self.store.ledger.sent_at_once(key, OWNER, now) else ""

    def _is_claimed(self, key: str) -> bool:
        return self.store.effects[key].state == "claimed"
