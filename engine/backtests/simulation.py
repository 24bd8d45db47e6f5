"""What a log of events would have led to under some rules, counted while the simulator plays it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.backtests.days import Days
from engine.backtests.review_requests import OwnRequests, ShopsRequests, Wrong
from engine.backtests.tally import Tally
from engine.catalog.values import instant_or_none
from engine.decisions.effects import ActionCall, Message
from engine.facts.events import Event
from engine.rules.ruleset import Ruleset
from engine.sending.question import Question, view_of
from engine.simulation.simulator import HANDS, Hands, Step


@dataclass(slots=True)
class Span:
    """How much of a log was played, and of which time."""

    events: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None

    def note_event(self, at: datetime) -> None:
        """One more event."""
        self.events += 1
        self.first_at = min(self.first_at or at, at)
        self.last_at = max(self.last_at or at, at)


class Simulation:
    """The counts of one run. Its `hands` are the simulator's, and `tally.decided` takes the store's
    decisions.

    `call` answers what an action would.
    """

    def __init__(self, ruleset: Ruleset, call: Callable[[ActionCall], object] = HANDS.call) -> None:
        self.ruleset, self.tally, self.span = ruleset, Tally(ruleset), Span()
        self.days, self.own, self.shops = Days(), OwnRequests(), ShopsRequests()
        self.messages: Counter[str] = Counter()
        self.hands = Hands(call=call, write=self._write, see=self._see)
        self._last: Question | None = None

    @property
    def wrong(self) -> Wrong:
        """The review requests that should not have been sent."""
        return self.own.wrong

    def note_event(self, event: Event) -> None:
        """An event of the log, before it is told."""
        self.span.note_event(event.occurred_at)
        self.own.note_event(event)

    def to_json(self) -> dict[str, Any]:
        """The whole report."""
        first, last = self.span.first_at, self.span.last_at
        return {
            "revision": self.ruleset.revision,
            "events": self.span.events,
            "from": instant_or_none(first),
            "to": instant_or_none(last),
            "messages": dict(self.messages.most_common()),
            "rules": self.tally.to_json(),
            "never_fired": self.tally.never_fired,
            "no_rule": dict(self.tally.unheard.most_common()),
            "messages_per_customer_and_day": {
                str(count): days for count, days in self.days.histogram().items()
            },
            "wrong_review_requests": self.wrong.to_json(),
        }

    def with_shops_own(self) -> dict[str, Any]:
        """The whole report, with what the log tells of the shop's own review requests."""
        theirs = {"requests": self.shops.total, **self.shops.wrong.to_json()}
        return {**self.to_json(), "shops_own_review_requests": theirs}

    def _write(self, question: Question, _: datetime) -> str:
        self._last = question
        return ""

    def _see(self, step: Step) -> None:
        self.tally.stepped(step)
        effect = step.effect
        if isinstance(effect, Message) and effect.state == "sent" and self._last is not None:
            self._sent(effect, step.at, self._last)

    def _sent(self, effect: Message, at: datetime, question: Question) -> None:
        view = view_of(question, at)
        self.messages[effect.category] += 1
        self.days.sent(effect.customer or effect.firing.journey, view["today"])
        category = self.ruleset.policies.category(effect.category)
        if category and category.asks_review and effect.firing.order:
            self.own.sent(effect.firing.shop, effect.firing.order, view["order.delivered_at"], at)
