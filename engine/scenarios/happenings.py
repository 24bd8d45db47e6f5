"""What happens while a test is played: deeds, and the reasons for what was not done."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from engine.catalog.calendar import minute_end
from engine.catalog.values import as_instant
from engine.decisions.decision import Decision
from engine.decisions.effects import Effect, Message
from engine.decisions.firing import Firing
from engine.facts.naming import own_id
from engine.facts.subjects import Suppression
from engine.rules.answers import Answered
from engine.rules.ruleset import Ruleset
from engine.scenarios.scenario import StoryLine
from engine.simulation.simulator import Step

# Messages that wait for one of these leave at the end of a minute, and belong to that minute.
SETTLED_BY_MINUTE = frozenset({"capped", "mixed", "digested"})
# What a rule sets becomes an event of this name, of the order or the customer.
_FACTS_SET = ".facts_set"
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class DeedMessage:
    """What only a message has: its channel, its text, and the templates that it gathers in a
    digest.
    """

    channel: str | None = None
    words: str = ""
    gathers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlayedDeed:
    """Something a rule did. `moment` is the minute it belongs to, `customer` an id, `at` when it
    truly happened.
    """

    kind: str
    name: str
    moment: datetime
    rule: str
    order: str | None = None
    customer: str | None = None
    message: DeedMessage = DeedMessage()
    ends_at: datetime | None = None
    categories: frozenset[str] = frozenset()
    arguments: Mapping[str, Any] = field(default_factory=dict)
    place: str = ""


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """A reason a rule gave for not doing something; `until` while it waits."""

    rule: str
    reason: str
    at: datetime
    by: str | None = None
    until: datetime | None = None
    order: str | None = None
    decision: Decision | None = None
    effect: Effect | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What there was to see at a line that expects something.

    `deeds` since the expectation before, `given` since the expectation or reason before; waits and
    held messages now.
    """

    line: StoryLine
    deeds: tuple[PlayedDeed, ...] = ()
    given: tuple[GivenAnswer, ...] = ()
    waiting: tuple[Firing, ...] = ()
    acted: tuple[Decision, ...] = ()
    answered: Answered | None = None


def deed_of(step: Step, effects: Iterable[Effect], ruleset: Ruleset) -> PlayedDeed | None:
    """What an attempt did, None if it did nothing that a rule asked for."""
    effect = step.effect
    kind = _kind(effect, ruleset)
    if kind is None:
        return None
    ends = effect.arguments.get("perk.expires_at") if kind == "grant" else None
    return PlayedDeed(
        kind=kind,
        name=_name(kind, effect),
        moment=_moment(step),
        rule=effect.firing.rule_id,
        order=effect.firing.order,
        customer=own_id(effect.customer) if effect.customer else None,
        message=DeedMessage(
            effect.channel if kind == "send" else None, step.words, _gathered(effect, effects)
        ),
        ends_at=as_instant(ends) if ends else None,
        arguments=effect.arguments,
        place=_place(ruleset, effect.firing.rule_id),
    )


def silence_of(silence: Suppression, now: datetime, ruleset: Ruleset) -> PlayedDeed:
    """A silence that began."""
    return PlayedDeed(
        kind="suppress",
        name="",
        moment=now,
        rule=silence.rule_id,
        order=silence.order,
        customer=silence.customer,
        ends_at=silence.ends_at,
        categories=frozenset(silence.categories),
        place=silence.place or _place(ruleset, silence.rule_id),
    )


def given_by_step(step: Step) -> GivenAnswer | None:
    """Why an attempt did nothing; a message that only waits for the end of its minute
    says nothing.
    """
    effect = step.effect
    if effect.state not in ("held", "dropped", "failed", "refused") or effect.reason is None:
        return None
    held = effect.state == "held"
    if (
        held
        and effect.reason in SETTLED_BY_MINUTE
        and (effect.held_until or step.at) <= minute_end(step.at)
    ):
        return None
    until = effect.held_until if held else None
    return GivenAnswer(
        effect.firing.rule_id,
        effect.reason,
        step.at,
        effect.reason_by,
        until,
        effect.firing.order,
        effect=effect,
    )


def given_by_rule(decision: Decision) -> GivenAnswer | None:
    """Why a rule did not act."""
    if decision.reason is None:
        return None
    order = own_id(decision.journey) if decision.journey.startswith("order:") else None
    return GivenAnswer(
        decision.rule_id,
        decision.reason,
        decision.at,
        decision.by,
        decision.until,
        order,
        decision=decision,
    )


def _name(kind: str, effect: Effect) -> str:
    if kind == "grant":
        return str(effect.arguments.get("perk.name", ""))
    return "" if kind == "set" else effect.title


def _gathered(effect: Effect, effects: Iterable[Effect]) -> tuple[str, ...]:
    """The templates of all messages in a digest, the carrier's own too; none of any
    other effect.
    """
    if not isinstance(effect, Message) or not effect.shown:
        return ()
    return tuple(sorted([effect.name, *(one.name for one in effects if one.key in effect.carries)]))


def _kind(effect: Effect, ruleset: Ruleset) -> str | None:
    kind: str = effect.kind
    if kind == "send":
        return "send" if effect.state == "sent" else None
    if kind == "call":
        return "call" if effect.state in ("done", "failed") else None
    if effect.state != "done":
        return None
    if kind == "emit" and effect.name == "perk.granted":
        return "grant"
    if effect.name.endswith(_FACTS_SET):
        return "set"
    event = ruleset.catalog.events.get(effect.name)
    return None if event and event.derived else "emit"


def _moment(step: Step) -> datetime:
    """A message under a cap leaves when its minute has ended, and counts in that minute."""
    minute = step.at.replace(second=0, microsecond=0)
    is_settled = step.was is not None and step.was in SETTLED_BY_MINUTE and minute == step.at
    return minute - _MINUTE if is_settled else minute


def _place(ruleset: Ruleset, rule_id: str) -> str:
    rule = ruleset.rule(rule_id)
    return str(rule.position) if rule else ""
