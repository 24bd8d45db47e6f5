"""What each rule did over a whole log: how often it fired, what blocked it, how often it missed by
one condition.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.decisions.decision import Decision
from engine.decisions.effects import Message
from engine.decisions.reason import Reason
from engine.rules.ruleset import Ruleset
from engine.simulation.simulator import Step

_BY_CONDITION = (Reason.CONDITION_FALSE, Reason.FACT_UNKNOWN)


@dataclass(slots=True)
class RuleTally:
    """One rule's counts.

    `fired` counts the firings that acted, `done` what then happened by template or action, `held`
    and `blocked` by reason; `near` the firings that one part of `if` kept back, by that part.
    """

    mode: str
    fired: int = 0
    done: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)
    blocked: Counter[str] = field(default_factory=Counter)
    near: Counter[str] = field(default_factory=Counter)

    def to_json(self) -> dict[str, Any]:
        """Every count by name."""
        told = {
            name: dict(getattr(self, name).most_common()) for name in ("done", "held", "blocked")
        }
        return {
            "mode": self.mode,
            "fired": self.fired,
            **told,
            "near_misses": dict(self.near.most_common()),
        }


class Tally:
    """Counts decisions and attempts as they are made; keeps none of them."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._ruleset = ruleset
        self.rules: dict[str, RuleTally] = {
            rule.id: RuleTally(rule.conduct.mode) for rule in ruleset.rules.values()
        }
        self.unheard: Counter[str] = Counter()

    @property
    def never_fired(self) -> list[str]:
        """The rules that never acted, those apart that are off."""
        return sorted(
            name for name, rule in self.rules.items() if not rule.fired and rule.mode != "off"
        )

    def decided(self, decisions: Iterable[Decision]) -> None:
        """What was decided at one moment for one journey."""
        for one in decisions:
            if not one.rule_id:
                self.unheard[one.event] += 1
            elif one.reason is None:
                self._of(one.rule_id).fired += 1
            else:
                self._refused(one, one.reason)

    def stepped(self, step: Step) -> None:
        """What an attempt made of an effect; the end of a perk is nobody's doing."""
        effect, form = step.effect, step.effect.firing.form
        if form == "perk":
            return
        rule = self._of(effect.firing.rule_id, "breaker" if form == "breaker" else "removed")
        if effect.state in ("sent", "done"):
            rule.fired += form == "breaker"
            rule.done[effect.title] += 1
        elif effect.state == "held":
            rule.held.update([str(effect.reason)] if _waits_anew(step) else [])
        elif effect.reason is not None:
            rule.blocked[str(effect.reason)] += 1

    def to_json(self) -> Mapping[str, Any]:
        """Every rule's counts."""
        return {name: self.rules[name].to_json() for name in sorted(self.rules)}

    def _refused(self, decision: Decision, reason: Reason) -> None:
        rule = self._of(decision.rule_id)
        rule.blocked[str(reason)] += 1
        if reason is Reason.SHADOW:
            rule.fired += 1
        short = [part["text"] for part in decision.proof if part["holds"] is not True]
        if reason in _BY_CONDITION and len(short) == 1:
            rule.near[str(short[0])] += 1

    def _of(self, rule_id: str, otherwise: str = "removed") -> RuleTally:
        rule = self._ruleset.rule(rule_id)
        return self.rules[rule.id] if rule else self.rules.setdefault(rule_id, RuleTally(otherwise))


def _waits_anew(step: Step) -> bool:
    """Whether a message waits for a reason it did not wait for before; to wait for the end of its
    minute is none.
    """
    effect = step.effect
    if effect.reason is None:
        return False
    if effect.reason not in (Reason.CAPPED, Reason.MIXED):
        return effect.reason is not step.was
    waits = isinstance(effect, Message) and effect.awaits_room
    return waits and not (step.awaited_room and effect.reason is step.was)
