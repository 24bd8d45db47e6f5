"""What a command comes to: events to be accepted, or a refusal with its proof.

A command is what a customer or a shop may ask of an order or a customer: withdraw consent, cancel,
request a return. Each has one module here with a frozen dataclass that holds what is asked, and a
function of it, of what is known and of `now` that returns `CommandDone` or `CommandRefused`. It
stores nothing and reads no clock; whoever serves it hands the events to `operations.intake.accept`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.catalog.catalog import Catalog
from engine.facts.events import Event
from engine.facts.views.answer_json import proof_json
from engine.rules.answers import ProofLine


@dataclass(frozen=True, slots=True)
class CommandDone:
    """What was asked is granted; it has happened once these events are accepted."""

    events: tuple[Event, ...]

    def to_json(self, _: Catalog) -> Mapping[str, Any]:
        """For whoever asked."""
        return {"done": True, "events": [event.type for event in self.events]}


@dataclass(frozen=True, slots=True)
class CommandRefused:
    """What was asked is not granted: `reason` is a sentence for whoever asked, `proof` the lines of
    the policy table that say so.
    """

    reason: str
    proof: tuple[ProofLine, ...] = ()

    def to_json(self, catalog: Catalog) -> Mapping[str, Any]:
        """For whoever asked; no personal fact in the proof has a value."""
        proof = [proof_json(line, catalog) for line in self.proof]
        return {"done": False, "reason": self.reason, "proof": proof}


CommandResult = CommandDone | CommandRefused
