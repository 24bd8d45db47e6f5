"""`purna explain RULE --order ID`: what a rule decided about an order, on which facts, and which gate stopped it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from engine.catalog import CONTAINER
from engine.decision import Decision, Effect, Firing, Reason, Suppression
from engine.language.say import say_when
from engine.rule import Rule
from engine.things import ONLY
from engine.values import instant
from store.postgres import PostgresStore

_UNSURE = {
    "data": "it is leaving at this moment, or the worker that sent it has died; that shows within three minutes",
    "uncertain": "it went out, but the mail server never said that it arrived; only a person can find out",
}
_MARK = {True: "✓", False: "✗", None: "?"}
# Asked once more about something already decided, a rule says no more than this.
_SAID_BEFORE = frozenset({Reason.ALREADY_DONE, Reason.OVERTAKEN})


@dataclass(frozen=True, slots=True)
class Explanation:
    """One firing of a rule, as far as it has come: decided, waiting, and what became of its effects."""

    rule: Rule
    revision: str
    firing: Firing | None = None
    decision: Decision | None = None
    effects: Sequence[Effect] = ()
    silences: Sequence[Suppression] = ()

    @property
    def thing(self) -> str:
        """What it fired for, where one order may have several: `shipment P-6a`, `customer.tier gold`."""
        known = self.decision or self.firing
        named = (_named(part) for part in known.occurrence.split("+")) if known else ()
        return ", ".join(filter(None, named))

    @property
    def verdict(self) -> str:
        """The answer in a few words, `SENT …`, `WAITING …` or `NOT SENT: reason`."""
        if self.decision is None:
            return f"WAITING until {_spelled(self.firing.due_at)}" if self.firing else "HAS NOT FIRED"
        if self.decision.reason and not self.effects:
            return f"NOT SENT: {_reason(self.decision.reason, self.decision.by)}"
        return "; ".join(map(_fate, self.effects)) or "ACTED"

    def lines(self) -> list[str]:
        """The explanation for a person."""
        head = (self.rule.id, self.thing, f"revision {self.revision}", self.verdict)
        return [" · ".join(filter(None, head)), *self._when(), *self._if(), *self._gates()]

    def to_json(self) -> dict[str, Any]:
        """The explanation for a machine."""
        decision = self.decision
        return {
            "rule": self.rule.id,
            "thing": self.thing or None,
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
        sentence = " or ".join(map(say_when, self.rule.triggers))
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
            if effect.state == "held":
                yield f"  … gate   {effect.name}: {_held(effect)}"
            elif effect.state in _UNSURE:
                yield f"  ? mail   {effect.name}: {_UNSURE[effect.state]}"
            elif effect.reason is Reason.DIGESTED:
                yield f"  → mail   {effect.name}: is in the digest {effect.reason_by}"
            elif effect.carries:
                yield f"  ✓ mail   {effect.template}: {effect.name} and {', '.join(effect.carries)}"
            elif effect.reason:
                yield f"  ✗ gate   {effect.name}: {_reason(effect.reason, effect.reason_by)}{self._silence(effect)}"
            yield from map("  ✗ pick   {}".format, _left_out(effect))

    def _silence(self, effect: Effect) -> str:
        silence = next((one for one in self.silences if _silenced(one, effect)), None)
        if silence is None:
            return ""
        lifts = f"; lifts on {', '.join(silence.until)}" if silence.until else ""
        order = f" (order {silence.order})" if silence.order else ""
        span = f"{_spelled(silence.starts_at)} → {_spelled(silence.ends_at)}"
        return f"{order}: {effect.category} silenced {span}, {silence.place}{lifts}"


async def explained(store: PostgresStore, rule: Rule, revision: str, order: str) -> list[Explanation]:
    """Every firing of a rule about an order, oldest first; one that has not fired yet if there is none."""
    decisions = telling(await store.decisions(rule.id, order))
    effects = [one for one in await store.effects(order, customer=True) if one.firing.rule_id == rule.id]
    waiting = [wait for wait in await store.waits_of(order) if wait.rule_id == rule.id]
    silences = await store.silences_of(order)
    found = [
        Explanation(
            await _as_it_was(store, rule, decision),
            decision.revision,
            None,
            decision,
            _of(effects, decision.occurrence),
            silences,
        )
        for decision in decisions
    ]
    found += [Explanation(rule, revision, wait) for wait in waiting]
    return found or [Explanation(rule, revision)]


async def _as_it_was(store: PostgresStore, rule: Rule, decision: Decision) -> Rule:
    """The rule in the words under which it decided."""
    then = await store.ruleset(decision.revision)
    return (then.rule(rule.id) if then else None) or rule


def telling(decisions: Iterable[Decision]) -> list[Decision]:
    """Of each firing the decision that tells most: the last one, but not that it was asked again in vain."""
    latest: dict[str, Decision] = {}
    for decision in decisions:
        if decision.occurrence not in latest or decision.reason not in _SAID_BEFORE:
            latest[decision.occurrence] = decision
    return list(latest.values())


def _of(effects: Iterable[Effect], occurrence: str) -> list[Effect]:
    return [effect for effect in effects if effect.firing.occurrence == occurrence]


def _as_json(effect: Effect) -> dict[str, Any]:
    said = {"kind": effect.kind, "name": effect.name, "state": effect.state, "channel": effect.channel}
    reason = {"reason": effect.reason, "by": effect.reason_by, "key": effect.key}
    return {**said, **reason, "shown": effect.shown, "carries": list(effect.carries)}


def _fate(effect: Effect) -> str:
    match effect.state:
        case "sent" | "done":
            at = f" {_spelled(effect.settled_at)}" if effect.settled_at else ""
            return f"{effect.state.upper()}: {effect.template}{at}" + (
                f" by {effect.channel}" if effect.channel else ""
            )
        case "dropped" if effect.reason is Reason.DIGESTED:
            return f"IN A DIGEST: {effect.name}"
        case "dropped" | "refused" | "failed":
            unsaid = "NOT SENT" if effect.kind == "send" else "NOT DONE"
            return f"{unsaid}: {effect.name}: {_reason(effect.reason, effect.reason_by)}"
        case "held":
            return f"HELD: {effect.name}: {_held(effect)}"
        case state:
            return f"{state.upper()}: {effect.name}"


def _left_out(effect: Effect) -> Iterable[str]:
    """The products that `recommend` did not pick, with the reasons."""
    result = effect.result if effect.name == "recommend" and isinstance(effect.result, dict) else {}
    return [f"{one['id']}: {', '.join(one['because'])}" for one in result.get("left_out", ())]


def _held(effect: Effect) -> str:
    return f"{_reason(effect.reason, effect.reason_by)} until {_spelled(effect.held_until)}"


def _reason(reason: Reason | None, by: str | None) -> str:
    return f"{reason or 'error'} {by}" if by else f"{reason or 'error'}"


def _silenced(silence: Suppression, effect: Effect) -> bool:
    """Whether this silence is the one that ended a message."""
    at = effect.settled_at or effect.firing.due_at
    named = effect.reason is Reason.SUPPRESSED_BY and silence.rule_id == effect.reason_by
    return named and effect.category in silence.categories and silence.starts_at <= at < silence.ends_at


def _named(part: str) -> str:
    """A part of an occurrence for a person; the order is the one that was asked about."""
    fact, equals, value = part.partition("=")
    if equals:
        return f"{fact} {value}"
    kind, _, thing = part.partition(":")
    return f"{kind} {thing}" if kind in CONTAINER and kind != "order" and thing not in ("", ONLY) else ""


def _spelled(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%-d %b %Y %H:%M} UTC" if at else "?"
