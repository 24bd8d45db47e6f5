"""A rule that has not fired for an order or a customer: what is missing, and what came instead."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.catalog.values import instant
from engine.decisions.decision import Logged
from engine.rules.rule import Every, Near, Rule, Silence, Trigger
from engine.rules.ruleset import DATE_SOURCES, Ruleset
from engine.rules.say_when import say_when
from operations.instants import spelled


@dataclass(frozen=True, slots=True)
class Unfired:
    """A rule that has not fired, and what has come of that which starts it.

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

    @property
    def came(self) -> dict[str, datetime]:
        """When the events that did come happened, by their type."""
        return {logged.event.type: logged.event.occurred_at for logged in self.events}

    @property
    def missing(self) -> list[str]:
        """What keeps each line of `when` from having fired."""
        return list(self._missing())

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        return {
            "rule": self.rule.id,
            "revision": self.revision,
            "verdict": "HAS NOT FIRED",
            "starts": [
                {"when": say_when(one), "events": list(starting(one))} for one in self.rule.triggers
            ],
            "missing": self.missing,
            "came": {name: instant(at) for name, at in self.came.items()},
        }

    def _missing(self) -> Iterator[str]:
        for trigger in self.rule.triggers:
            if self.rule.conduct.mode == "off":
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
        stated = [logged for logged in self.events if trigger.fact in logged.event.data]
        types = {logged.event.type for logged in self.events}
        if stated or types.intersection(starting(trigger)):
            return (
                f"{trigger.fact} is known; no day of it is near enough,"
                " or all were past when it became known"
            )
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
