"""What stood in the way of an effect, or still does, as values that a terminal, a page and a
program read alike.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, assert_never

from engine.catalog.values import instant, instant_or_none
from engine.decisions.decision import Decision
from engine.decisions.effects import ActionCall, Effect, carried_by, category_of
from engine.decisions.reason import Reason
from engine.facts.subjects import Suppression

_UNSURE = {
    "leaving": (
        "it is leaving at this moment, or the worker that sent it has died;"
        " that shows within three minutes"
    ),
    "uncertain": (
        "it went out, but the mail server never said that it arrived; only a person can find out"
    ),
}


@dataclass(frozen=True, slots=True)
class StoppedByEvent:
    """An event of `stop_if` happened."""

    event: str


@dataclass(frozen=True, slots=True)
class HeldBack:
    """It waits: for calls of the same rule (`awaits`), or for a reason until a moment."""

    name: str
    awaits: tuple[str, ...]
    reason: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Unsure:
    """Nobody can say whether the message has arrived; it is leaving now, or was cut off."""

    name: str
    state: Literal["leaving", "uncertain"]

    @property
    def why(self) -> str:
        """What is known of it, as a sentence."""
        return _UNSURE[self.state]


@dataclass(frozen=True, slots=True)
class InDigest:
    """The message is a part of a digest."""

    name: str
    digest: str | None


@dataclass(frozen=True, slots=True)
class CarriesOthers:
    """The message left as a digest, in the words of its template, with other messages in it."""

    name: str
    template: str
    carried: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SilenceBehind:
    """The silence that ended a message: whose order, for how long, by which line of a rule, and
    which events lift it.
    """

    category: str | None
    order: str | None
    starts_at: datetime
    ends_at: datetime
    place: str
    lifts_on: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EndedBy:
    """It will not happen, for this reason."""

    name: str
    reason: str
    silence: SilenceBehind | None = None


@dataclass(frozen=True, slots=True)
class NotPicked:
    """A product that a recommendation left out, and why."""

    product: str
    because: tuple[str, ...]


Gate = StoppedByEvent | HeldBack | Unsure | InDigest | CarriesOthers | EndedBy | NotPicked


def gates_of(
    decision: Decision | None, effects: Iterable[Effect], silences: Sequence[Suppression]
) -> tuple[Gate, ...]:
    """Every gate of a firing, in the order in which they are asked."""
    return tuple(_gates(decision, effects, silences))


def gate_json(gate: Gate) -> dict[str, Any]:
    """A gate for a machine; `gate` names its kind."""
    match gate:
        case StoppedByEvent(event):
            return {"gate": "stopped", "event": event}
        case HeldBack(name, awaits, reason, until):
            waits = {"awaits": list(awaits), "until": instant_or_none(until)}
            return {"gate": "held", "name": name, "reason": reason, **waits}
        case Unsure(name, state):
            return {"gate": "unsure", "name": name, "state": state, "why": gate.why}
        case InDigest(name, digest):
            return {"gate": "in_digest", "name": name, "digest": digest}
        case CarriesOthers(name, template, carried):
            return {"gate": "carries", "name": name, "template": template, "with": list(carried)}
        case EndedBy(name, reason, silence):
            behind = _silence_json(silence) if silence else None
            return {"gate": "ended", "name": name, "reason": reason, "silence": behind}
        case NotPicked(product, because):
            return {"gate": "not_picked", "product": product, "because": list(because)}
        case _:
            assert_never(gate)


def reason_of(reason: Reason | None, by: str | None) -> str:
    """A reason and what it names: `suppressed_by hush`."""
    return f"{reason or 'error'} {by}" if by else f"{reason or 'error'}"


def held_back(effect: Effect) -> HeldBack:
    """What an effect that is held waits for."""
    awaited = effect.awaits or (effect.awaited_by if isinstance(effect, ActionCall) else ())
    return HeldBack(
        name=effect.name,
        awaits=tuple(_action(key) for key in awaited),
        reason=reason_of(effect.reason, effect.reason_by),
        until=effect.held_until,
    )


def _gates(
    decision: Decision | None, effects: Iterable[Effect], silences: Sequence[Suppression]
) -> Iterator[Gate]:
    if decision and decision.reason is Reason.STOPPED_BY:
        yield StoppedByEvent(decision.by or "")
    for effect in effects:
        if (gate := _gate(effect, silences)) is not None:
            yield gate
        yield from _not_picked(effect)


def _gate(effect: Effect, silences: Sequence[Suppression]) -> Gate | None:
    if effect.state == "held":
        return held_back(effect)
    if effect.state in ("leaving", "uncertain"):
        return Unsure(effect.name, effect.state)
    if effect.reason is Reason.DIGESTED:
        return InDigest(effect.name, effect.reason_by)
    if carried := carried_by(effect):
        return CarriesOthers(effect.name, effect.title, carried)
    if not effect.reason:
        return None
    behind = next((one for one in silences if _ended(one, effect)), None)
    why = reason_of(effect.reason, effect.reason_by)
    return EndedBy(effect.name, why, _behind(behind, effect) if behind else None)


def _behind(silence: Suppression, effect: Effect) -> SilenceBehind:
    return SilenceBehind(
        category=category_of(effect),
        order=silence.order,
        starts_at=silence.starts_at,
        ends_at=silence.ends_at,
        place=silence.place,
        lifts_on=tuple(lift.event for lift in silence.until),
    )


def _ended(silence: Suppression, effect: Effect) -> bool:
    """Whether this silence is the one that ended a message."""
    at = effect.settled_at or effect.firing.due_at
    is_named = effect.reason is Reason.SUPPRESSED_BY and silence.rule_id == effect.reason_by
    return (
        is_named
        and category_of(effect) in silence.categories
        and silence.starts_at <= at < silence.ends_at
    )


def _not_picked(effect: Effect) -> Iterator[NotPicked]:
    """The products that `recommend` did not pick."""
    if not isinstance(effect, ActionCall) or effect.name != "recommend":
        return
    result = effect.result if isinstance(effect.result, dict) else {}
    for product in result.get("left_out", ()):
        yield NotPicked(product["id"], tuple(product["because"]))


def _action(key: str) -> str:
    """The template or action of an effect that is named by its key."""
    last, before = key.rpartition("/")[2], key.rpartition("/")[0].rpartition("/")[2]
    # The key of a call that is older than spots ends with its place.
    return before if last.isdecimal() else last


def _silence_json(silence: SilenceBehind) -> dict[str, Any]:
    return {
        "category": silence.category,
        "order": silence.order,
        "from": instant(silence.starts_at),
        "to": instant(silence.ends_at),
        "place": silence.place,
        "lifts_on": list(silence.lifts_on),
    }
