"""`purna explain RULE --order ID`: what a rule decided about an order, on which facts, and which gate stopped it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.decision import Decision, Effect, Firing, Reason, Suppression
from engine.ruleset import After, Rule
from engine.values import instant
from store.postgres import PostgresStore

_MARK = {True: "✓", False: "✗", None: "?"}


@dataclass(frozen=True, slots=True)
class Explanation:
    """One firing of a rule, as far as it has come: decided, waiting, and what became of its effects."""

    rule: Rule
    revision: str
    firing: Firing | None
    decision: Decision | None
    effects: Sequence[Effect]
    silences: Mapping[str, Suppression]

    @property
    def verdict(self) -> str:
        """The answer in a few words, `SENT …`, `WAITING …` or `NOT SENT: reason`."""
        if self.decision is None:
            return f"WAITING until {_spelled(self.firing.due_at)}" if self.firing else "HAS NOT FIRED"
        if self.decision.reason:
            return f"NOT SENT: {_reason(self.decision.reason, self.decision.by)}"
        return "; ".join(map(_fate, self.effects)) or "ACTED"

    def lines(self) -> list[str]:
        """The explanation for a person."""
        head = f"{self.rule.id} · revision {self.revision} · {self.verdict}"
        return [head, *self._when(), *self._if(), *self._gates()]

    def to_json(self) -> dict[str, Any]:
        """The explanation for a machine."""
        decision = self.decision
        return {
            "rule": self.rule.id,
            "revision": self.revision,
            "verdict": self.verdict,
            "due_at": instant(self._due_at) if self._due_at else None,
            "reason": decision.reason if decision else None,
            "by": decision.by if decision else None,
            "proof": list(decision.proof) if decision else [],
            "effects": [_as_json(effect) for effect in self.effects],
        }

    @property
    def _due_at(self) -> datetime | None:
        known = self.decision or self.firing
        return known.due_at if known else None

    def _when(self) -> Iterable[str]:
        known = self.decision or self.firing
        trigger = self.rule.trigger
        sentence = f"{trigger.delay} after {trigger.event}" if isinstance(trigger, After) else trigger.event
        if known is None:
            yield f"  ? when   {sentence}: has not happened"
            return
        yield f"  ✓ when   {sentence} ({_spelled(known.event_at)}) → due {_spelled(known.due_at)}"

    def _if(self) -> Iterable[str]:
        for part in self.decision.proof if self.decision else ():
            read = ", ".join(f"{name} is {value}" for name, value in part["read"])
            yield f"  {_MARK[part['holds']]} if     {part['text']} [{read}]"

    def _gates(self) -> Iterable[str]:
        if self.decision and self.decision.reason is Reason.STOPPED_BY:
            yield f"  ✗ stop   {self.decision.by} happened"
        for effect in self.effects:
            if effect.reason:
                yield f"  ✗ gate   {effect.name}: {_reason(effect.reason, effect.reason_by)}{self._silence(effect)}"

    def _silence(self, effect: Effect) -> str:
        silence = self.silences.get(effect.reason_by or "") if effect.reason is Reason.SUPPRESSED_BY else None
        if silence is None:
            return ""
        lifts = f"; lifts on {', '.join(silence.until)}" if silence.until else ""
        order = f" (order {silence.order})" if silence.order else ""
        span = f"{_spelled(silence.starts_at)} → {_spelled(silence.ends_at)}"
        return f"{order}: {effect.category} silenced {span}, {silence.place}{lifts}"


async def explained(store: PostgresStore, rule: Rule, revision: str, order: str) -> list[Explanation]:
    """Every firing of a rule about an order, oldest first; one that has not fired yet if there is none."""
    decisions = await store.decisions(rule.id, order)
    effects = [effect for effect in await store.effects(order) if effect.firing.rule_id == rule.id]
    waiting = [wait for wait in await store.waits_of(order) if wait.rule_id == rule.id]
    silences = {silence.rule_id: silence for silence in await store.silences_of(order)}
    latest = {decision.occurrence: decision for decision in decisions}
    found = [
        Explanation(rule, decision.revision, None, decision, _of(effects, decision.occurrence), silences)
        for decision in latest.values()
    ]
    found += [Explanation(rule, revision, wait, None, (), silences) for wait in waiting]
    return found or [Explanation(rule, revision, None, None, (), silences)]


def _of(effects: Iterable[Effect], occurrence: str) -> list[Effect]:
    return [effect for effect in effects if effect.firing.occurrence == occurrence]


def _as_json(effect: Effect) -> dict[str, Any]:
    said = {"kind": effect.kind, "name": effect.name, "state": effect.state, "channel": effect.channel}
    return {**said, "reason": effect.reason, "by": effect.reason_by, "key": effect.key}


def _fate(effect: Effect) -> str:
    match effect.state:
        case "sent" | "done":
            at = f" {_spelled(effect.settled_at)}" if effect.settled_at else ""
            return f"{effect.state.upper()}: {effect.name}{at}" + (f" by {effect.channel}" if effect.channel else "")
        case "dropped" | "refused" | "failed":
            return f"NOT SENT: {effect.name}: {_reason(effect.reason, effect.reason_by)}"
        case "held":
            return f"HELD: {effect.name}: {effect.reason} until {_spelled(effect.held_until)}"
        case state:
            return f"{state.upper()}: {effect.name}"


def _reason(reason: Reason | None, by: str | None) -> str:
    return f"{reason or 'error'} {by}" if by else f"{reason or 'error'}"


def _spelled(at: datetime | None) -> str:
    return f"{at:%-d %b %Y %H:%M} UTC" if at else "?"
