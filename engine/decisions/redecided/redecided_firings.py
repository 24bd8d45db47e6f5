"""A firing that is decided again: what it was about to say falls, because another line of its `choose`
or another member of its group holds by now, or because its rule says something else under a newer
revision. It is carried out again at once, under its own key.

What the firing has said and done already is neither said nor done again.
"""

from collections.abc import Iterable, Sequence

from engine.catalog.rows import changed
from engine.decisions.choices import instead_of
from engine.decisions.decision import Situation
from engine.decisions.deeds import Done
from engine.decisions.effects import (
    COUNTED,
    ActionCall,
    Effect,
    Message,
    came_to_nothing,
    without_fallen,
)
from engine.decisions.firing import Firing
from engine.decisions.objections import Objection
from engine.decisions.once.occurrences import occurrence_again, with_line
from engine.decisions.once.once_keys import TakenKeys
from engine.decisions.reason import CHOOSE, SEND, Reason
from engine.facts.naming import Naming
from engine.facts.views.view import View
from engine.rules.rule import Rule

# So often one firing is decided again; more would be two questions that never agree.
AT_MOST = 20
# Why a rule says nothing by now where another of its group may.
_LEAVES_IT = frozenset({Reason.CONDITION_FALSE, Reason.FACT_UNKNOWN, Reason.LOST_GROUP, Reason.OFF})


def calls_for_redeciding(reason: Reason | None, by: str | None) -> bool:
    """Whether a message that is dropped for this reason has its firing decided again."""
    others = {(Reason.CONDITION_FALSE, CHOOSE), (Reason.RULE_REMOVED, SEND)}
    return reason is Reason.LOST_GROUP or (reason, by) in others


def is_redecided_after(effect: Effect) -> bool:
    """Whether a message was dropped for a reason that has its firing decided again."""
    is_message = isinstance(effect, Message) and effect.state == "dropped"
    return is_message and calls_for_redeciding(effect.reason, effect.reason_by)


def redecided(firing: Firing) -> Firing:
    """The firing as it waits to be carried out again."""
    return firing.now(redecided=firing.due.redecided + 1, again_at=None)


def to_redecide(changes: Iterable[tuple[Effect, Effect]]) -> list[Firing]:
    """The firings that these changes of the ledger have decided again, each as it waits to be carried out
    again.
    """
    return [
        redecided(after.firing)
        for before, after in changes
        if is_redecided_after(after)
        and not is_redecided_after(before)
        and after.firing.due.redecided < AT_MOST
    ]


def lost_to_group(rule: Rule | None, refusal: Objection, view: View) -> Objection:
    """The objection to something already decided: the group is lost where another member may speak
    by now.
    """
    if rule is None or rule.group is None or refusal.reason not in _LEAVES_IT:
        return refusal
    other = instead_of(rule, view.ruleset, view)
    return Objection(Reason.LOST_GROUP, other) if other else refusal


def in_its_place(firing: Firing, rule: Rule, view: View, naming: Naming) -> Firing | None:
    """The firing of another member of the group, of the same cause; None if its once-key is
    unknown.
    """
    occurrence = occurrence_again(rule, firing, view, naming)
    if occurrence is None:
        return None
    fresh = firing.now(rule_id=rule.id, occurrence=occurrence, fired_as=None, redecided=0)
    return with_line(fresh).now(redecided=firing.due.redecided)


def group_holder(
    firing: Firing, rule: Rule, view: View, naming: Naming, keys: TakenKeys
) -> str | None:
    """Which firing of another member of the group has acted on the same cause, so that the group has
    had its turn; None if none has.
    """
    if rule.group is None or firing.due.is_redecided:
        return None
    for name in view.ruleset.policies.groups.get(rule.group, ()):
        other = view.ruleset.rules.get(name)
        there = in_its_place(firing, other, view, naming) if other and other is not rule else None
        if other and there and keys.are_held_by(there.holder, other):
            return there.holder
    return None


def made_by(situation: Situation, firing: Firing) -> list[Effect]:
    """What is known of the effects of a firing that holds something or is decided again."""
    names = firing.rule_id, firing.fired_as
    return [
        one
        for one in (*situation.others, *situation.held)
        if one.firing.occurrence == firing.occurrence and one.firing.rule_id in names
    ]


def is_left_without(
    situation: Situation, firing: Firing, dropped: Iterable[tuple[str, Reason, str | None]]
) -> bool:
    """Whether a firing comes to nothing by what is dropped now, so that its once-key is free."""
    fallen = {key for key, _, _ in dropped}
    return came_to_nothing(without_fallen(made_by(situation, firing), fallen))


def unrepeated(done: Done, made: Sequence[Effect]) -> Done:
    """What is left to do of a firing that has made these effects: no template is said twice, and
    nothing is done twice with the same values.
    """
    stands = [one for one in made if _stands(one)]
    same = {one.key: other.key for one in done.effects for other in stands if _is_same(one, other)}
    left = [_reading(one, same) for one in done.effects if one.key not in same]
    return Done([one for one in left if one is not None], done.suppressions)


def _stands(effect: Effect) -> bool:
    """Whether an effect has happened or will: a message that waits falls with the one that fell,
    and so does a call that is for messages alone.
    """
    match effect:
        case Message():
            return effect.state in COUNTED
        case ActionCall(awaited_by=awaited_by) if awaited_by and effect.state == "held":
            return False
        case _:
            return effect.state != "dropped"


def _is_same(effect: Effect, made: Effect) -> bool:
    if effect.key == made.key or effect.kind != made.kind or effect.name != made.name:
        return False
    return isinstance(effect, Message) or effect.arguments == made.arguments


def _reading(effect: Effect, same: dict[str, str]) -> Effect | None:
    """An effect that awaits what was done already under its former key; None of a call that is for
    messages alone which were all said.
    """
    awaits = tuple(same.get(key, key) for key in effect.awaits)
    if not isinstance(effect, ActionCall) or not effect.awaited_by:
        return changed(effect, awaits=awaits)
    awaited_by = tuple(key for key in effect.awaited_by if key not in same)
    return changed(effect, awaits=awaits, awaited_by=awaited_by) if awaited_by else None
