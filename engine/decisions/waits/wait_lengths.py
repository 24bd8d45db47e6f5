"""What a wait keeps and what it follows: the delay with which it began, the customer's zone until it
is due.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from engine.catalog.calendar import at_local
from engine.catalog.values import Duration
from engine.decisions.due_moments import Approach, approaches, due_after, line_of
from engine.decisions.firing import Firing, first_id
from engine.decisions.objections import failure_of, rule_of
from engine.decisions.waits.calendar_waits import JourneyWaits, Moves
from engine.facts.views.view import About, View, zones
from engine.rules.rule import After, Every, Near, Rule, Trigger
from engine.rules.ruleset import Ruleset, Rulesets


def still_as_long(old: Firing, new: Firing, rule: Rule | None, view: View) -> Firing:
    """A firing that takes the place of one that waits, as long after its event as that one was.

    An event that may happen again has a delay of its own each time.
    """
    trigger = line_of(rule, old, After) if rule and new.form == "after" else None
    event = view.ruleset.catalog.events.get(new.event)
    if rule is None or trigger is None or event is None:
        return new
    is_same = new.event_at == old.event_at or not event.repeats
    is_pinned = rule.conduct.in_flight == "pin"
    length = old.due.length if is_same else None
    if length is None and not is_pinned:
        # An older row does not say how long it waits.
        return new.now(due_at=old.due_at) if new.event_at == old.event_at else new
    due_at = due_after(trigger, new.event_at, view, length)
    return new.now(due_at=due_at or new.due_at, length=length or new.due.length)


def moved_zones(
    journey: JourneyWaits, waits: Iterable[Firing], rulesets: Rulesets
) -> Iterator[Moves]:
    """The waits whose customer lives by another zone than when they began."""
    subjects = journey.seen_with(journey.own)
    for wait in waits:
        if wait.cause.form == "event":
            continue  # it is due at its event, by no day
        begun = rulesets.of(wait.revision)
        rule, ruleset = rule_of(rulesets.active, wait, begun)
        if rule is None or wait.due.zone == zones(ruleset.policies, subjects)[0]:
            continue
        if wait.due.zone is None and not _is_by_days(wait, rule, begun):
            continue
        view = journey.view(ruleset, About(*wait.about, data=wait.data), journey.own)
        try:
            moved = _in_zone(wait, rule, view, journey)
        except Exception as error:  # noqa: BLE001  # a rule that fails is a decision; the others go on
            yield Moves(rule, refused=[(wait, failure_of(error))])
            continue
        if moved is not None and (wait.due.zone or moved != wait):
            yield Moves(rule, gone=[wait], started=[moved.now(zone=view["zone"])])


def _is_by_days(wait: Firing, rule: Rule, begun: Ruleset | None) -> bool:
    """Whether a wait that says of no zone is by days all the same: an older row, of a line that still
    reads as it did then and says itself how long it waits. Of any other nobody knows what it was.
    """
    first = begun.rule(first_id(wait)) if begun else None
    if first is None or _line_of(first, wait) != _line_of(rule, wait):
        return False
    match _line_of(rule, wait):
        case After(delay=Duration() as delay, at=at) if wait.form == "after":
            return at is not None or delay.elapsed is None
        case Near() | Every():
            return True
        case _:
            return False


def _line_of(rule: Rule, wait: Firing) -> Trigger | None:
    return next(iter(rule.triggers[wait.line : wait.line + 1]), None)


def _in_zone(wait: Firing, rule: Rule, view: View, journey: JourneyWaits) -> Firing | None:
    """The same wait by the zone that is known now; None where its rule reads otherwise by now."""
    due_at: datetime | None
    match _line_of(rule, wait):
        case After() as trigger if wait.form == "after":
            due_at = due_after(trigger, wait.event_at, view, wait.due.length)
        case Every(at=clock) if wait.form == "every":
            due_at = at_local(date.fromisoformat(wait.label), clock, view["zone"])
        case Near() as trigger if wait.form == "near":
            return _near_in_zone(wait, rule, trigger, view, journey)
        case _:
            due_at = None
    return wait.now(due_at=due_at) if due_at else None


def _near_in_zone(
    wait: Firing, rule: Rule, trigger: Near, view: View, journey: JourneyWaits
) -> Firing | None:
    """The same offset of the same date, which may be another day there."""
    same = (one for one in approaches(trigger, view) if wait.label.endswith(one.offset))
    there: Approach | None = next(same, None)
    if there is None:
        return None
    if there.label == wait.label:
        return wait.now(due_at=there.due_at)
    firing = journey.firing(rule, trigger, view, there.due_at, there.label)
    return (
        wait.now(due_at=there.due_at, label=there.label, occurrence=firing.occurrence)
        if firing
        else None
    )
