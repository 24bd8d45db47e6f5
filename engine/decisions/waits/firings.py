"""What an event fires: the firing of a rule, when it is due, and whether a silence that one waits
for was broken.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from engine.catalog.rows import changed
from engine.catalog.values import instant
from engine.decisions.decision import Logged
from engine.decisions.due_moments import (
    begins_at,
    due_after,
    due_in_silence,
    line_of,
    measure,
    silent_since,
)
from engine.decisions.firing import Cause, Due, Firing
from engine.decisions.objections import Objection, failure_of
from engine.decisions.once.occurrences import occurrence_of, own_name, with_line
from engine.decisions.reason import Reason
from engine.decisions.waits.calendar_waits import JourneyWaits
from engine.facts import fold as facts
from engine.facts import things
from engine.facts.events import Event
from engine.facts.history import Standpoint, seen
from engine.facts.naming import joined
from engine.facts.reversals.refunds import REFUND_NAME, name_after
from engine.facts.views.view import About, View, is_kept
from engine.rules.rule import After, OnEvent, Rule, Silence, Trigger
from engine.rules.ruleset import Ruleset

_FORMS: Mapping[type, Literal["event", "after", "silence"]] = {
    OnEvent: "event",
    After: "after",
    Silence: "silence",
}


def view_after(ruleset: Ruleset, event: Event, journey: JourneyWaits) -> View:
    """The facts as they stood after an event.

    Of the event only what rules read later as it was then: no more of a customer's data than that.
    """
    kept = {name: value for name, value in event.data.items() if is_kept(name)}
    if is_kept(time := f"{event.type}_at"):
        kept[time] = instant(event.occurred_at)
    if name := name_after(journey.own, event):
        kept[REFUND_NAME] = name
    return journey.view(
        ruleset, About(*facts.thing_of(event, ruleset.catalog), data=kept), journey.own
    )


def fire(
    rule: Rule, trigger: Trigger, logged: Logged, view: View, journey: JourneyWaits
) -> tuple[Firing, Objection | None] | None:
    """The firing that an event leads to, and why it does not wait; None where a silence has not
    begun.
    """
    event = logged.event
    if isinstance(trigger, Silence):
        standing = silent_since(trigger, rule, view)
        if standing is None:
            return None
        view = standing
    since, occurrence, own, due = event, "unknown", "", None
    refusal: Objection | None = None
    try:
        counted, due_at, restarted_at = _counted(rule, trigger, event, view)
        name = occurrence_of(rule, counted, view, journey.naming)
        if name is None or due_at is None:
            lacks = "once_per" if name is None else "the time to wait"
            refusal = Objection(Reason.FACT_UNKNOWN, lacks)
        else:
            zone, length = measure(trigger, view)
            own = own_name(counted, journey.naming) if counted is event else ""
            since, due = counted, Due(due_at, logged.known_at, zone=zone, length=length)
            occurrence = joined([name, instant(restarted_at)]) if restarted_at else name
            if logged.stale and isinstance(trigger, OnEvent):
                refusal = Objection(Reason.OVERTAKEN)
    except Exception as error:  # noqa: BLE001  # a rule that fails is a decision; the others go on
        refusal = failure_of(error)
    cause = Cause(
        since.type,
        since.occurred_at,
        form=_FORMS[type(trigger)],
        line=rule.triggers.index(trigger),
        depth=event.depth,
        own=own,
    )
    firing = Firing(
        journey=journey.situation.journey,
        rule_id=rule.id,
        occurrence=occurrence,
        about=(view.about.kind, view.about.id),
        cause=cause,
        due=due or Due(event.occurred_at, logged.known_at),
        revision=logged.revision,
        shop=event.shop,
        order=event.order,
        data=view.about.data,
    )
    return with_line(firing), refusal


def _counted(
    rule: Rule, trigger: Trigger, event: Event, view: View
) -> tuple[Event, datetime | None, datetime | None]:
    """The event that a firing counts from, at the time it does so, when the firing is due, None if
    unknown, and when its silence was broken last.
    """
    kind = event.type
    began_at = begins_at(event, view) if "event" not in rule.once_per.keys else event.occurred_at
    due_at: datetime | None = began_at
    restarted_at = None
    if isinstance(trigger, After):
        due_at = due_after(trigger, began_at, view)
    if isinstance(trigger, Silence):
        kind = trigger.since.event
        times = things.happened(*view.holder(rule.about), kind)
        began_at = times[1] if times else began_at
        silent_at = _silent_from(trigger, event, view, began_at)
        restarted_at = silent_at if silent_at > began_at else None
        due_at = due_in_silence(trigger.lasting, silent_at, view)
    is_itself = (event.type, event.occurred_at) == (kind, began_at)
    counted = event if is_itself else changed(event, id="", type=kind, occurred_at=began_at)
    return counted, due_at, restarted_at


def _silent_from(trigger: Silence, event: Event, view: View, began_at: datetime) -> datetime:
    """When a silence was broken last, by all that is known: news may come in any order."""
    where = Standpoint(event.order, (view.about.kind, view.about.id))
    broken = seen(view.history, [trigger.of], where, began_at)
    return max(began_at, event.occurred_at, *(one.occurred_at for one in broken))


def broken_until(rule: Rule | None, firing: Firing, view: View) -> datetime | None:
    """Until when a silence goes on, where the event it waits for has come in the meantime."""
    if firing.form != "silence" or firing.due.is_redecided:
        return None
    trigger = line_of(rule, firing, Silence) if rule else None
    if trigger is None:
        return None
    now, where = view["now"], Standpoint(firing.order, firing.about, view.subjects.order)
    heard = seen(view.history, [trigger.of], where, firing.event_at)
    last = max((one.occurred_at for one in heard), default=None)
    due_at = due_in_silence(trigger.lasting, last, view) if last else None
    return due_at if due_at and due_at > now else None
