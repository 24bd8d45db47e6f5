"""Whether a firing may still act: the rule is live, `if` holds, nothing stopped it, no later stage overtook it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from engine import things
from engine.decision import Firing, Happening, Reason, Suppression
from engine.ruleset import OnEvent, Rule, Ruleset
from engine.things import ONLY
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
    if _is_undone(firing, view):
        return Objection(Reason.CONDITION_FALSE, firing.event)
    return None


def lifted(silence: Suppression, history: Iterable[Happening], now: datetime) -> bool:
    """Whether a silence has ended by one of its `until` events that does not contradict the rule's thing."""
    return any(
        happening.type in silence.until
        and silence.starts_at <= happening.occurred_at <= now
        and _agrees(happening, silence.order, silence.about)
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
            and _agrees(happening, firing.order, firing.about)
        ),
        None,
    )


def _is_trigger(happening: Happening, firing: Firing) -> bool:
    return happening.type == firing.event and happening.occurred_at == firing.event_at


def _agrees(happening: Happening, order: str | None, about: tuple[str, str] | None) -> bool:
    """An event counts where it does not contradict the thing: same order and same thing wherever both name one."""
    if order and happening.order and happening.order != order:
        return False
    kind, thing = about or ("", ONLY)
    return thing == ONLY or happening.things.get(kind, thing) in (thing, ONLY)


def _overtaken(firing: Firing, view: View) -> bool:
    catalog = view.ruleset.catalog
    event = catalog.events.get(firing.event)
    if event is None or event.rank is None:
        return False
    state, kind, thing = view.holder(event.about)
    return state is not None and event.rank < things.reached(state, kind, thing, catalog)


def _is_undone(firing: Firing, view: View) -> bool:
    """A parcel nobody knew of: the order had been delivered as a whole, and now it is not. Its delivery will tell."""
    if firing.event not in things.PARCEL_OF_ORDER or view.subjects.order is None:
        return False
    return things.happened(view.subjects.order, "order", firing.about[1], firing.event) is None
