"""Waits that a publisher moves: each to the moment at which it would be due had its line of `when`
read when it began as it reads in the revision that moves it.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from engine.decisions.decision import WaitMove
from engine.decisions.due_moments import approaches, due_after, due_in_silence, measure
from engine.decisions.firing import Firing
from engine.decisions.objections import Objection, failure_of, rule_of
from engine.decisions.reason import Reason
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
    moment is past is due when the revision became active, so that it is asked and not too old. Where
    a move fails, the wait stays as it was, and a decision says so; nobody moves it again.
    """
    moves = journey.situation.moves_to_follow
    if not moves:
        return
    for wait in waits:
        rule, holding = rule_of(rulesets.active, wait, rulesets.of(wait.revision))
        if rule is None or holding is not rulesets.active:
            continue
        change = _change(Moves(rule), wait, moves, rulesets, journey)
        if change.gone or change.refused:
            yield change


def _change(
    change: Moves,
    wait: Firing,
    moves: Sequence[WaitMove],
    rulesets: Rulesets,
    journey: JourneyWaits,
) -> Moves:
    """What some activations change of one wait."""
    moved = wait
    for move in moves:
        if (ruleset := rulesets.of(move.revision)) is None:
            continue
        try:
            after = _after(move, moved, ruleset, journey)
        except Exception as error:  # noqa: BLE001  # a rule that fails is a decision; the others go on
            change.refused.append((moved, failure_of(error)))
            continue
        if isinstance(after, Objection):
            change.gone, change.refused = [wait], [*change.refused, (moved, after)]
            return change
        moved = after
    if moved != wait:
        change.gone, change.started = [wait], [moved]
    return change


def _after(
    move: WaitMove, wait: Firing, ruleset: Ruleset, journey: JourneyWaits
) -> Firing | Objection:
    """A wait as one activation leaves it, or why there is nothing to wait for any more."""
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
) -> Firing | Objection:
    """The next slot of a schedule after the activation, in the place of the one that waits."""
    slot = slot_after(*line, view, journey, move.at)
    if slot is not None:
        return wait if slot.due_at == wait.due_at else slot
    if line[0].conduct.ends_on is None:
        return Objection(Reason.FACT_UNKNOWN, "once_per")
    return Objection(Reason.CONDITION_FALSE, "from … until")
