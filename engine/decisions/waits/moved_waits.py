"""Waits that a publisher moves: each to the moment at which it would be due had its line of `when`
read when it began as it reads in the revision that moves it.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from engine.decisions.decision import WaitMove
from engine.decisions.due_moments import approaches, due_after, due_in_silence, measure
from engine.decisions.firing import Firing
from engine.decisions.objections import failure_of, rule_of
from engine.decisions.waits.calendar_waits import JourneyWaits, Moves, slot_after
from engine.facts.history import Standpoint, seen
from engine.facts.views.view import About, View
from engine.rules.rule import After, Every, Near, Rule, Silence
from engine.rules.ruleset import Ruleset, Rulesets


def moved_by_publisher(
    journey: JourneyWaits, waits: Iterable[Firing], rulesets: Rulesets
) -> Iterator[Moves]:
    """What the activations that move waits, and that this journey has not followed yet, change of
    its waits: one activation after the other, as if each had been followed at once.

    A wait of a rule with `in_flight: pin` stays, and so does one that is due already. One whose new
    moment is past is due when the revision became active, so that it is asked and not too old.
    """
    own = journey.situation.own
    if journey.situation.more or own.revision is None:
        return
    for wait in waits:
        rule, holding = rule_of(rulesets.active, wait, rulesets.of(wait.revision))
        if rule is None or holding is not rulesets.active:
            continue
        moved: Firing | None = wait
        try:
            for move in own.moves:
                ruleset = rulesets.of(move.revision)
                if moved is not None and ruleset is not None:
                    moved = _after(move, moved, ruleset, journey)
        except Exception as error:  # noqa: BLE001  # a rule that fails is a decision; the others go on
            yield Moves(rule, refused=[(wait, failure_of(error))])
            continue
        if moved != wait:
            yield Moves(rule, gone=[wait], started=[moved] if moved else [])


def _after(move: WaitMove, wait: Firing, ruleset: Ruleset, journey: JourneyWaits) -> Firing | None:
    """A wait as one activation leaves it; None where there is nothing to wait for any more."""
    rule = ruleset.rule(wait.rule_id)
    if rule is None or not wait.known_at <= move.at < wait.due_at:
        return wait
    view = journey.view(ruleset, About(*wait.about, data=wait.data), journey.own)
    trigger = next(iter(rule.triggers[wait.line : wait.line + 1]), None)
    due_at: datetime | None = None
    match trigger:
        case After(event=event) if (wait.form, wait.event) == ("after", event):
            due_at = due_after(trigger, wait.event_at, view)
        case Silence(since=since) if (wait.form, wait.event) == ("silence", since.event):
            due_at = due_in_silence(trigger.lasting, _silent_from(trigger, wait, view), view)
        case Near() if wait.form == "near":
            same = (one for one in approaches(trigger, view) if one.label == wait.label)
            due_at = next((one.due_at for one in same), None)
        case Every() if wait.form == "every":
            return _in_slot(move, wait, (rule, trigger), view, journey)
        case _:
            pass
    if trigger is None or due_at is None:
        return wait
    zone, length = measure(trigger, view)
    return wait.now(due_at=max(due_at, move.at), zone=zone, length=length)


def _silent_from(trigger: Silence, wait: Firing, view: View) -> datetime:
    """From when a silence counts: from what began it, or from what broke it last."""
    where = Standpoint(wait.order, wait.about, view.subjects.order)
    broken = seen(view.history, [trigger.of], where, wait.event_at)
    return max((one.occurred_at for one in broken), default=wait.event_at)


def _in_slot(
    move: WaitMove, wait: Firing, line: tuple[Rule, Every], view: View, journey: JourneyWaits
) -> Firing | None:
    """The next slot of a schedule after the activation, in the place of the one that waits."""
    slot = slot_after(*line, view, journey, move.at)
    return wait if slot and slot.due_at == wait.due_at else slot
