"""Journeys in memory: how far each has read, and what it waits for."""

from dataclasses import dataclass, field
from datetime import datetime

from engine.decisions.firing import Firing
from engine.facts.state import State, empty
from store.records.joined_rows import WaitId

# The waits of each journey.
Waits = dict[str, dict[WaitId, Firing]]


@dataclass(slots=True)
class MemoryJourney:
    """A row of `journeys`: how far a journey has read and what it knew there."""

    subject: str
    facts: State = field(default_factory=empty)
    cursor: int = 0
    revision: str | None = None
    moved: int = 0
    wake_at: datetime | None = None
    ended: bool = False
