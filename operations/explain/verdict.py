"""The answer of an explanation in a few words: `SENT …`, `WAITING …` or `NOT SENT: reason`."""

from collections.abc import Sequence

from engine.decisions.decision import Decision
from engine.decisions.effects import Effect, Message, is_noted_only
from engine.decisions.firing import Firing
from engine.decisions.reason import Reason
from operations.explain.gates import HeldBack, held_back, reason_of
from operations.instants import spelled


def verdict_of(decision: Decision | None, firing: Firing | None, effects: Sequence[Effect]) -> str:
    """What has come of a firing so far: of its decision, or of its wait, and of its effects."""
    if decision is None:
        return f"WAITING until {spelled(firing.due_at if firing else None)}"
    if firing is not None and decision.reason is not None:
        again = spelled(firing.wakes_at)
        return f"WAITING: {reason_of(decision.reason, decision.by)}, asked again {again}"
    if decision.reason and not effects:
        return f"NOT SENT: {reason_of(decision.reason, decision.by)}"
    return "; ".join(map(fate_of, effects)) or "ACTED"


def fate_of(effect: Effect) -> str:
    """What has become of one effect."""
    match effect.state:
        case "sent" | "done":
            at = f" {spelled(effect.settled_at)}" if effect.settled_at else ""
            by = f" by {effect.channel}" if effect.channel else ""
            word = "NOTED ONLY" if is_noted_only(effect) else effect.state.upper()
            return f"{word}: {effect.title}{at}{by}"
        case "dropped" if effect.reason is Reason.DIGESTED:
            return f"IN A DIGEST: {effect.name}"
        case "dropped" | "refused" | "failed":
            unsaid = "NOT SENT" if isinstance(effect, Message) else "NOT DONE"
            return f"{unsaid}: {effect.name}: {reason_of(effect.reason, effect.reason_by)}"
        case "held":
            return f"HELD: {effect.name}: {held_words(held_back(effect))}"
        case state:
            return f"{state.upper()}: {effect.name}"


def held_words(held: HeldBack) -> str:
    """What an effect that is held waits for, in words."""
    if held.awaits:
        return f"waits for {', '.join(held.awaits)}"
    return f"{held.reason} until {spelled(held.until)}"
