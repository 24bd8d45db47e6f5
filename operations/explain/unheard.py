"""Events that fired nothing: no rule listens to them, or they could not be made sense of."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.catalog.values import instant
from engine.decisions.decision import Logged
from engine.decisions.reason import Reason
from engine.rules.ruleset import Ruleset


@dataclass(frozen=True, slots=True)
class Unheard:
    """An event that fired nothing; `by` is what went wrong where it could not be made sense of."""

    logged: Logged
    by: str | None = None

    @property
    def at(self) -> datetime:
        """When it became known."""
        return self.logged.known_at

    @property
    def happened_at(self) -> datetime:
        """Its own time, as its sender states it."""
        return self.logged.event.occurred_at

    @property
    def verdict(self) -> str:
        """Why it fired nothing."""
        name = self.logged.event.type
        if self.by:
            return f"{name} could not be made sense of: {self.by}"
        return f"no rule listened to {name}"

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        event = self.logged.event
        known = {"event": event.id, "type": event.type, "event_at": instant(event.occurred_at)}
        known |= {"known_at": instant(self.at), "verdict": self.verdict}
        known |= {"told_at": instant(event.told_at)} if event.origin.told_at else {}
        return {"rule": None, **known, "reason": Reason.ERROR if self.by else Reason.NO_RULE}


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
