"""One firing of a rule, explained: what it decided, on which facts, and which gates it met."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.catalog.catalog import CONTAINER
from engine.catalog.values import instant
from engine.decisions.decision import Decision
from engine.decisions.effects import NOTED_ONLY, Effect, Message, carried_by, is_noted_only
from engine.decisions.firing import Firing
from engine.decisions.reason import Reason
from engine.facts.state import ONLY
from engine.facts.subjects import Suppression
from engine.rules.rule import Rule
from operations.explain.gates import Gate, gates_of
from operations.explain.verdict import verdict_of

# Asked once more about something already decided, a rule says no more than this.
_SAID_BEFORE = frozenset({Reason.ALREADY_DONE, Reason.OVERTAKEN})


@dataclass(frozen=True, slots=True)
class Explanation:
    """One firing of a rule, as far as it has come: decided, waiting, and what became of its
    effects.

    There is a decision or a firing that waits, or both while a breaker holds it. `started_by` is
    the id of the event that fired it, `order` its order where that is not the one asked about.
    """

    rule: Rule
    revision: str
    firing: Firing | None = None
    decision: Decision | None = None
    effects: Sequence[Effect] = ()
    silences: Sequence[Suppression] = ()
    started_by: str | None = None
    order: str | None = None

    @property
    def known(self) -> Decision | Firing:
        """The decision; of a firing that still waits the firing itself."""
        known = self.decision or self.firing
        assert known is not None
        return known

    @property
    def is_due_later(self) -> bool:
        """Whether it has not been decided yet."""
        return self.decision is None

    @property
    def at(self) -> datetime:
        """When it was decided, or will be."""
        return self.known.wakes_at if isinstance(self.known, Firing) else self.known.at

    @property
    def thing(self) -> str:
        """What it fired for, where one order may have several: `shipment P-6a`, `customer.tier
        gold`.
        """
        parts = (_occurrence_part(part) for part in self.known.occurrence.split("+"))
        return ", ".join(filter(None, parts))

    @property
    def verdict(self) -> str:
        """The answer in a few words, `SENT …`, `WAITING …` or `NOT SENT: reason`."""
        return verdict_of(self.decision, self.firing, self.effects)

    @property
    def gates(self) -> tuple[Gate, ...]:
        """What stood in the way of its effects, or still does."""
        return gates_of(self.decision, self.effects, self.silences)

    def to_json(self) -> dict[str, Any]:
        """The explanation for a machine."""
        decision = self.decision
        return {
            "rule": self.rule.id,
            "order": self.order,
            "thing": self.thing or None,
            "event": self.started_by,
            "revision": self.revision,
            "verdict": self.verdict,
            "decided_at": instant(decision.at) if decision else None,
            "due_at": instant(self.known.due_at),
            "reason": decision.reason if decision else None,
            "by": decision.by if decision else None,
            "proof": list(decision.proof) if decision else [],
            "effects": [_effect_json(effect) for effect in self.effects],
        }


def last_words(decisions: Iterable[Decision]) -> list[Decision]:
    """Of each firing the decision that explains it: the last one, but not that it was asked again
    about something already decided.
    """
    latest: dict[tuple[str, ...], Decision] = {}
    for decision in decisions:
        firing = (decision.journey, decision.rule_id, decision.occurrence)
        if firing not in latest or decision.reason not in _SAID_BEFORE:
            latest[firing] = decision
    return list(latest.values())


def _effect_json(effect: Effect) -> dict[str, Any]:
    known = {
        "kind": effect.kind,
        "name": effect.name,
        "state": effect.state,
        "channel": effect.channel,
    }
    shown = effect.shown if isinstance(effect, Message) else None
    reason = {"reason": effect.reason, "by": effect.reason_by, "key": effect.key}
    noted = {NOTED_ONLY: True} if is_noted_only(effect) else {}
    return {**known, **reason, **noted, "shown": shown, "carries": list(carried_by(effect))}


def _occurrence_part(part: str) -> str:
    """A part of an occurrence for a person; the order is the one that was asked about."""
    fact, equals, value = part.partition("=")
    if equals:
        return f"{fact} {value}"
    kind, _, thing = part.partition(":")
    is_one_of_several = kind in CONTAINER and kind != "order" and thing not in ("", ONLY)
    return f"{kind} {thing}" if is_one_of_several else ""
