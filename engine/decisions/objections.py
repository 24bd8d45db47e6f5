"""Whether a firing may still act: the rule is live, `if` holds, nothing stopped it, no later stage
overtook it.
"""

from collections.abc import Collection, Iterable, Mapping

from engine.catalog.rows import row
from engine.catalog.values import spelled
from engine.decisions.choices import exception_of, wins_group
from engine.decisions.due_moments import is_in_season
from engine.decisions.firing import Firing, first_id, of_rule
from engine.decisions.reason import Reason
from engine.facts import things
from engine.facts.history import Happening, Standpoint, seen
from engine.facts.state import is_erased
from engine.facts.views.view import View
from engine.rules.rule import Action, Put, Rule, Suppress
from engine.rules.ruleset import Ruleset

# The forms of `when` that count from an event.
_OF_EVENTS = frozenset({"event", "after", "silence"})


@row
class Objection:
    """Why not, and what or who says so."""

    reason: Reason
    by: str | None = None


def objection(
    rule: Rule | None, firing: Firing, view: View, history: Collection[Happening]
) -> Objection | None:
    """The first reason why this firing may not act at `view`'s moment, None if it may."""
    if is_erased(view.subjects.customer):
        return Objection(Reason.ERASED)
    if rule is None or rule.conduct.mode == "off":
        return Objection(Reason.OFF if rule else Reason.RULE_REMOVED)
    if refusal := _unfulfilled(rule, firing, view):
        return refusal
    if stopped := _stopped(rule, firing, history, view):
        return Objection(Reason.STOPPED_BY, stopped.type)
    if firing.form == "event" and _overtaken(firing, view):
        return Objection(Reason.OVERTAKEN)
    if _is_undone(firing, view):
        return Objection(Reason.CONDITION_FALSE, firing.event)
    if winner := wins_group(rule, view.ruleset, view):
        return Objection(Reason.LOST_GROUP, winner)
    return None


def _unfulfilled(rule: Rule, firing: Firing, view: View) -> Objection | None:
    """A condition that is not true, an exception that is not false, or a day outside `from` and
    `until`.
    """
    for condition in rule.conditions:
        if (holds := condition.holds(view)) is not True:
            return Objection(
                Reason.CONDITION_FALSE if holds is False else Reason.FACT_UNKNOWN, condition.text
            )
    if exception := exception_of(rule, view):
        return Objection(Reason.CONDITION_FALSE, f"unless {exception}")
    zone = view.ruleset.policies.shop.zone_otherwise
    if not is_in_season(rule.conduct.starts_on, rule.conduct.ends_on, firing.event_at, zone):
        return Objection(Reason.CONDITION_FALSE, "from … until")
    return None


def nothing_done(actions: Iterable[Action], view: View) -> Objection:
    """Why actions came to nothing: a value that nobody knows, or an `only_if` that is not true."""
    refusals = [_refusal(action, view) for action in actions]
    unknown = (one for one in refusals if one.reason is Reason.FACT_UNKNOWN)
    return next(unknown, refusals[0])


def _refusal(action: Action, view: View) -> Objection:
    for condition in action.only_if:
        if condition.holds(view) is False:
            return Objection(Reason.CONDITION_FALSE, f"only_if {condition.text}")
    for condition in action.only_if:
        if condition.holds(view) is None:
            return Objection(Reason.FACT_UNKNOWN, f"only_if {condition.text}")
    needed = _needed_by(action)
    return Objection(Reason.FACT_UNKNOWN, next((one for one in needed if view[one] is None), None))


def _needed_by(action: Action) -> list[str]:
    """The facts without which an action would set or silence nothing."""
    match action:
        case Put(values=values):
            return [one.name for one in values.values() if one.name]
        case Suppress(about=str(product)):
            return [product]
        case _:
            return []


def rule_of(
    ruleset: Ruleset, firing: Firing, pinned: Ruleset | None
) -> tuple[Rule | None, Ruleset]:
    """The rule a firing follows: the active revision's, or for `in_flight: pin` the one under which
    it first fired.
    """
    if pinned is not None and pinned is not ruleset:
        first = pinned.rule(first_id(firing))
        if first is not None and first.conduct.in_flight == "pin":
            return first, pinned
    return ruleset.rule(firing.rule_id), ruleset


def of_its_rule(ruleset: Ruleset, firing: Firing) -> Firing:
    """The firing under the id that its rule has in a ruleset."""
    rule = ruleset.rule(firing.rule_id)
    return of_rule(firing, rule.id) if rule else firing


def proof_of(rule: Rule, view: View) -> tuple[Mapping[str, object], ...]:
    """What each part of the conditions read; of a condition that fails nothing can be said."""
    try:
        findings = [finding for condition in rule.conditions for finding in condition.explain(view)]
        return tuple(
            {
                "text": one.text,
                "holds": one.holds,
                "read": [[name, spelled(value)] for name, value in one.read],
            }
            for one in findings
        )
    except Exception:  # noqa: BLE001  # the decision says `error` already
        return ()


def failure_of(error: Exception) -> Objection:
    """A rule that fails is a decision: what it raised, and no more."""
    return Objection(Reason.ERROR, f"{type(error).__name__}: {error}")


def _stopped(
    rule: Rule, firing: Firing, history: Collection[Happening], view: View
) -> Happening | None:
    """An event of `stop_if` from the trigger's time on, it included, that does not contradict the
    thing.
    """
    if not rule.stop_if:
        return None
    where = Standpoint(firing.order, firing.about, view.subjects.order)
    found = seen(history, rule.stop_if, where, firing.event_at)
    return next(
        (one for one in found if (one.type, one.occurred_at) != (firing.event, firing.event_at)),
        None,
    )


def _overtaken(firing: Firing, view: View) -> bool:
    catalog = view.ruleset.catalog
    event = catalog.events.get(firing.event)
    if event is None or event.rank is None:
        return False
    state, kind, thing = view.holder(event.about)
    return state is not None and event.rank < things.reached(state, kind, thing, catalog)


def _is_undone(firing: Firing, view: View) -> bool:
    """Whether what led to a firing counts no more: it was taken back, or its thing is gone.

    Also an order that had been delivered as a whole until a parcel came up that nobody knew of; its
    delivery will tell.
    """
    event = view.ruleset.catalog.events.get(firing.event)
    if event is None or not (firing.form in _OF_EVENTS or event.name in things.PARCEL_OF_ORDER):
        return False
    state, kind, thing = view.holder(event.about)
    if state is None or thing is None:
        return False
    about, at = (kind, thing), firing.event_at
    return not things.counts_still(state, about, event.name, at) or things.is_gone_since(
        state, about, event.name, at
    )
