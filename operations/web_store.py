"""What the operations behind the web process need of a store."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from engine.facts.events import Event
from engine.facts.inquiry import Inquiry, Standing
from engine.rules.ruleset import Ruleset
from store.postgres.gauges import Gauges


class EventLog(Protocol):
    """Where events are kept."""

    async def ingest(self, events: Sequence[Event], now: datetime, /) -> list[str]:
        """Append and fold events in one transaction; what became of each."""
        ...


class ActiveRules(Protocol):
    """Where the active revision is found."""

    async def active(self) -> Ruleset:
        """The active revision."""
        ...


class Inquiries(Protocol):
    """Where the state of one thing is found."""

    async def standings(self, inquiry: Inquiry, /) -> tuple[Standing, ...]:
        """What is known of the thing a question names; two if several shops have it."""
        ...


class Measured(Protocol):
    """Where it is found how far behind everything is."""

    async def gauges(self) -> Gauges:
        """How far behind everything is."""
        ...


class WebStore(EventLog, ActiveRules, Inquiries, Measured, Protocol):
    """All of it."""
