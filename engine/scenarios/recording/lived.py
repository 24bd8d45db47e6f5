"""What truly happened to an order, as a store remembers it."""

from dataclasses import dataclass

from engine.decisions.decision import Decision, Logged
from engine.decisions.effects import Effect
from engine.facts.state import State
from engine.facts.subjects import Suppression


@dataclass(frozen=True, slots=True)
class Lived:
    """An order with everything around its customer: its events, as they became known, and what
    came of it.
    """

    order: str
    customer: str | None
    order_facts: State
    customer_facts: State | None
    events: tuple[Logged, ...]
    effects: tuple[Effect, ...]
    decisions: tuple[Decision, ...]
    silences: tuple[Suppression, ...]
