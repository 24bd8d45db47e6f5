"""Whether a firing may still act: the rule is live, `if` holds, nothing stopped it, no later stage overtook it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from engine import facts
from engine.catalog import OF_ORDER
from engine.decision import Firing, Happening, Reason, Suppression
from engine.ruleset import OnEvent, Rule, Ruleset
from engine.view import View


@dataclass(frozen=True, slots=True)
class Objection:
    """Why not, and what or who says so."""

    reason: Reason
    by: str | None = None


def objection(rule: Rule | None, firing: Firing, view: View, history: Iterable[Happening]) -> Objection | None:
    """The first reason why this firing may not act at `view`'s moment, None if it may."""
    if rule is None:
        return Objection(Reason.RULE_REMOVED)
    if rule.mode == "off":
        return Objection(Reason.OFF)
    for condition in rule.conditions:
        if (holds := condition.holds(view)) is not True:
            return Objection(Reason.CONDITION_FALSE if holds is False else Reason.FACT_UNKNOWN, condition.text)
    if stopped := _stopped(rule, firing, history, view["now"]):
        return Objection(Reason.STOPPED_BY, stopped.type)
    if isinstance(rule.trigger, OnEvent) and _overtaken(firing, view):
        return Objection(Reason.OVERTAKEN)
    return None


def lifted(silence: Suppression, history: Iterable[Happening], now: datetime) -> bool:
    """Whether a silence has ended by one of its `until` events; one about another order does not count."""
    return any(
        happening.type in silence.until
        and silence.starts_at <= happening.occurred_at <= now
        and (silence.order is None or happening.order in (None, silence.order))
        for happening in history
    )


def rule_of(ruleset: Ruleset, firing: Firing, pinned: Ruleset | None) -> tuple[Rule | None, Ruleset]:
    """The rule a firing follows: the active revision's, or for `in_flight: pin` the one under which it first fired."""
    if pinned is not None:
        first = pinned.rule(firing.rule_id)
        if first is not None and first.in_flight == "pin":
            return first, pinned
    return ruleset.rule(firing.rule_id), ruleset


def _stopped(rule: Rule, firing: Firing, history: Iterable[Happening], now: datetime) -> Happening | None:
    """An event of `stop_if` from the trigger's time until now, both included, that does not contradict the thing."""
    if not rule.stop_if:
        return None
    return next(
        (
            happening
            for happening in history
            if happening.type in rule.stop_if
            and firing.event_at <= happening.occurred_at <= now
            and not _is_trigger(happening, firing)
            and _concerns(happening, firing)
        ),
        None,
    )


def _is_trigger(happening: Happening, firing: Firing) -> bool:
    return happening.type == firing.event and happening.occurred_at == firing.event_at


def _concerns(happening: Happening, firing: Firing) -> bool:
    """An event counts where it does not contradict the thing: same order and same thing wherever both name one."""
    kind, thing = firing.about
    if firing.order and happening.order and happening.order != firing.order:
        return False
    named = happening.things.get(kind)
    return kind == "order" or named is None or named == thing


def _overtaken(firing: Firing, view: View) -> bool:
    rank = view.ruleset.catalog.events[firing.event].rank
    if rank is None:
        return False
    kind, thing = firing.about
    state = view.subjects.order if kind in OF_ORDER else view.subjects.customer
    return state is not None and rank < facts.reached(state, kind, thing, view.ruleset.catalog)
