"""One firing of a rule, told: what it decided, on which facts, and which gate stopped it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from engine.catalog.catalog import CONTAINER
from engine.catalog.values import instant
from engine.decisions.decision import Decision, Effect, Firing, Reason
from engine.facts.naming import key_of
from engine.facts.state import ONLY
from engine.facts.subjects import Suppression
from engine.rules.rule import Rule
from engine.rules.say_when import say_when

_UNSURE = {
    "data": "it is leaving at this moment, or the worker that sent it has died; that shows within three minutes",
    "uncertain": "it went out, but the mail server never said that it arrived; only a person can find out",
}
_MARK = {True: "✓", False: "✗", None: "?"}
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
    def at(self) -> datetime:
        """When it was decided, or will be."""
        return self._known.wakes_at if isinstance(self._known, Firing) else self._known.at

    @property
    def thing(self) -> str:
        """What it fired for, where one order may have several: `shipment P-6a`, `customer.tier
        gold`.
        """
        named = (_occurrence_part(part) for part in self._known.occurrence.split("+"))
        return ", ".join(filter(None, named))

    @property
    def verdict(self) -> str:
        """The answer in a few words, `SENT …`, `WAITING …` or `NOT SENT: reason`."""
        if self.decision is None:
            return f"WAITING until {spelled(self._known.due_at)}"
        if self.firing is not None and self.decision.reason is not None:
            again = spelled(self.firing.wakes_at)
            return (
                f"WAITING: {_reason(self.decision.reason, self.decision.by)}, asked again {again}"
            )
        if self.decision.reason and not self.effects:
            return f"NOT SENT: {_reason(self.decision.reason, self.decision.by)}"
        return "; ".join(map(_fate, self.effects)) or "ACTED"

    def lines(self) -> list[str]:
        """The explanation for a person."""
        decided = [f"decided {spelled(self.decision.at)}"] if self.decision else []
        return [
            self._head(f"revision {self.revision}", *decided),
            *self._when(),
            *self._if(),
            *self._gates(),
        ]

    def short(self) -> str:
        """The explanation in one line, with its time."""
        return dated("due" if isinstance(self._known, Firing) else "decided", self.at, self._head())

    def _head(self, *more: str) -> str:
        order = f"order {self.order}" if self.order else ""
        return " · ".join(filter(None, (self.rule.id, order, self.thing, *more, self.verdict)))

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
            "due_at": instant(self._known.due_at),
            "reason": decision.reason if decision else None,
            "by": decision.by if decision else None,
            "proof": list(decision.proof) if decision else [],
            "effects": [_as_json(effect) for effect in self.effects],
        }

    @property
    def _known(self) -> Decision | Firing:
        known = self.decision or self.firing
        assert known is not None
        return known

    def _when(self) -> Iterable[str]:
        known, sentence = self._known, " or ".join(map(say_when, self.rule.triggers))
        event = f"evt {self.started_by}, " if self.started_by else ""
        yield f"  ✓ when   {sentence} ({event}happened {spelled(known.event_at)}) → due {spelled(known.due_at)}"

    def _if(self) -> Iterable[str]:
        """The parts of the condition, those that were judged alike and follow each other on one
        line.
        """
        proof = self.decision.proof if self.decision else ()
        for holds, parts in groupby(proof, key=itemgetter("holds")):
            told = "; ".join(f"{part['text']} [{_read(part['read'])}]" for part in parts)
            yield f"  {_MARK[holds]} if     {told}"

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
        span = f"{spelled(silence.starts_at)} → {spelled(silence.ends_at)}"
        return f"{order}: {effect.category} silenced {span}, {silence.place}{lifts}"


def telling(decisions: Iterable[Decision]) -> list[Decision]:
    """Of each firing the decision that tells most: the last one, but not that it was asked again in
    vain.
    """
    latest: dict[tuple[str, ...], Decision] = {}
    for decision in decisions:
        firing = (decision.journey, decision.rule_id, decision.occurrence)
        if firing not in latest or decision.reason not in _SAID_BEFORE:
            latest[firing] = decision
    return list(latest.values())


def _read(read: Sequence[Sequence[str]]) -> str:
    """What a part read: the bare value where its name stands in the text already."""
    return (
        str(read[0][1])
        if len(read) == 1
        else ", ".join(f"{name} is {value}" for name, value in read)
    )


def _as_json(effect: Effect) -> dict[str, Any]:
    said = {
        "kind": effect.kind,
        "name": effect.name,
        "state": effect.state,
        "channel": effect.channel,
    }
    reason = {"reason": effect.reason, "by": effect.reason_by, "key": effect.key}
    return {**said, **reason, "shown": effect.shown, "carries": list(effect.carries)}


def _fate(effect: Effect) -> str:
    match effect.state:
        case "sent" | "done":
            at = f" {spelled(effect.settled_at)}" if effect.settled_at else ""
            by = f" by {effect.channel}" if effect.channel else ""
            return f"{effect.state.upper()}: {effect.template}{at}{by}"
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
    if awaited := effect.awaits or effect.awaited_by:
        return f"waits for {', '.join(_action(key, effect.firing) for key in awaited)}"
    return f"{_reason(effect.reason, effect.reason_by)} until {spelled(effect.held_until)}"


def _action(key: str, firing: Firing) -> str:
    """The template or action of an effect of the same firing."""
    return key.removeprefix(
        key_of(firing.journey, firing.rule_id, firing.occurrence, "")
    ).partition("/")[0]


def _reason(reason: Reason | None, by: str | None) -> str:
    return f"{reason or 'error'} {by}" if by else f"{reason or 'error'}"


def _silenced(silence: Suppression, effect: Effect) -> bool:
    """Whether this silence is the one that ended a message."""
    at = effect.settled_at or effect.firing.due_at
    named = effect.reason is Reason.SUPPRESSED_BY and silence.rule_id == effect.reason_by
    return (
        named
        and effect.category in silence.categories
        and silence.starts_at <= at < silence.ends_at
    )


def _occurrence_part(part: str) -> str:
    """A part of an occurrence for a person; the order is the one that was asked about."""
    fact, equals, value = part.partition("=")
    if equals:
        return f"{fact} {value}"
    kind, _, thing = part.partition(":")
    return (
        f"{kind} {thing}"
        if kind in CONTAINER and kind != "order" and thing not in ("", ONLY)
        else ""
    )


def dated(what: str, at: datetime, said: str) -> str:
    """A line behind the time by which all lines are sorted, ours: `known`, `decided` or `due`,
    never a sender's.
    """
    return f"{what:<7} {spelled(at)}  {said}"


def spelled(at: datetime | None) -> str:
    """An instant as people read it."""
    return f"{at.astimezone(UTC):%-d %b %Y %H:%M} UTC" if at else "?"
