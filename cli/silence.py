"""Why nothing was said: an event that no rule heard, and a rule that never fired."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cli.explanation import dated, spelled
from engine.catalog.values import instant
from engine.decisions.decision import Logged, Reason
from engine.rules.rule import Every, Near, Rule, Silence, Trigger
from engine.rules.ruleset import DATE_SOURCES, Ruleset
from engine.rules.say_when import say_when


@dataclass(frozen=True, slots=True)
class Unheard:
    """An event that fired nothing; `by` is what went wrong where it could not be made sense of."""

    logged: Logged
    by: str | None = None

    @property
    def at(self) -> datetime:
        """When it became known."""
        return self.logged.known_at

    def short(self) -> str:
        """One line, with its time."""
        return dated("known", self.at, f"{self._verdict}{self._happened()}")

    def lines(self) -> list[str]:
        """The same as a block of one line."""
        return [f"{self._verdict} · known {spelled(self.at)}{self._happened()}"]

    @property
    def _verdict(self) -> str:
        name = self.logged.event.type
        return (
            f"{name} could not be made sense of: {self.by}"
            if self.by
            else f"no rule listened to {name}"
        )

    def _happened(self) -> str:
        """Its own time, where it came at another."""
        happened = spelled(self.logged.event.occurred_at)
        return f" · happened {happened}" if happened != spelled(self.at) else ""

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        event = self.logged.event
        said = {"event": event.id, "type": event.type, "event_at": instant(event.occurred_at)}
        said |= {"known_at": instant(self.at), "verdict": self._verdict}
        return {"rule": None, **said, "reason": Reason.ERROR if self.by else Reason.NO_RULE}


def unheard(events: Iterable[Logged], rulesets: Mapping[str, Ruleset]) -> Iterator[Unheard]:
    """The events that no rule of their revision listened to, and that moved no date a rule waits
    for.

    What follows from another event is left out: nobody sent it.
    """
    for logged in events:
        ruleset, event = rulesets.get(logged.revision), logged.event
        if event.derived or ruleset is None or event.type in ruleset.by_event:
            continue
        if ruleset.dated.isdisjoint((event.type, *event.data)):
            yield Unheard(logged)


@dataclass(frozen=True, slots=True)
class Unfired:
    """A rule that has not fired for an order or a customer, and what has come of that which starts
    it.

    `events` are what happened, oldest first; `rulesets` the revisions under which they were
    accepted.
    """

    rule: Rule
    revision: str
    events: Sequence[Logged]
    rulesets: Mapping[str, Ruleset]

    @property
    def at(self) -> datetime:
        """When the last event was known; nothing is later than that it has not fired."""
        return max(logged.known_at for logged in self.events)

    def short(self) -> str:
        """One line, with its time."""
        return dated(
            "known", self.at, f"{self.rule.id} · HAS NOT FIRED: {'; '.join(self._missing())}"
        )

    def lines(self) -> list[str]:
        """What would have started it, what is missing of that, and what came instead."""
        head = f"{self.rule.id} · revision {self.revision} · HAS NOT FIRED"
        when = [
            f"  ? when   {say_when(trigger)}: {said}"
            for trigger, said in zip(self.rule.triggers, self._missing(), strict=True)
        ]
        came = ", ".join(f"{name} (happened {spelled(at)})" for name, at in self._came().items())
        return [head, *when, f"  · came   {came}"]

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        return {
            "rule": self.rule.id,
            "revision": self.revision,
            "verdict": "HAS NOT FIRED",
            "starts": [
                {"when": say_when(one), "events": list(starting(one))} for one in self.rule.triggers
            ],
            "missing": list(self._missing()),
            "came": {name: instant(at) for name, at in self._came().items()},
        }

    def _came(self) -> dict[str, datetime]:
        return {logged.event.type: logged.event.occurred_at for logged in self.events}

    def _missing(self) -> Iterator[str]:
        """What keeps each line of `when` from having fired."""
        for trigger in self.rule.triggers:
            if self.rule.mode == "off":
                yield "the rule is off"
            elif isinstance(trigger, Every):
                yield "no time of the schedule has come since the customer is known"
            elif isinstance(trigger, Near):
                yield self._date(trigger)
            else:
                yield self._event(starting(trigger)[0])

    def _event(self, name: str) -> str:
        came = next((logged for logged in self.events if logged.event.type == name), None)
        if came is None:
            return f"{name} has not come"
        at = f"(happened {spelled(came.event.occurred_at)})"
        then = self.rulesets.get(came.revision)
        if then is not None and then.rule(self.rule.id) is None:
            return f"{name} came {at}, when revision {came.revision} had no such rule"
        return f"{name} came {at}, and is not decided yet"

    def _date(self, trigger: Near) -> str:
        told = [logged for logged in self.events if trigger.fact in logged.event.data]
        named = {logged.event.type for logged in self.events}
        if told or named.intersection(starting(trigger)):
            return f"{trigger.fact} is known; no day of it is near enough, or all were past when it became known"
        return f"nobody has said {trigger.fact}"


def starting(trigger: Trigger) -> tuple[str, ...]:
    """The events that start a trigger; of a date those that move it, where no sender states it."""
    match trigger:
        case Every():
            return ()
        case Near(fact=fact):
            sources = DATE_SOURCES.get(fact, (fact,))
            return tuple(dict.fromkeys(name.removesuffix("_at") for name in sources))
        case Silence(since=since):
            return (since.event,)
        case _:
            return (trigger.event,)
