"""What moves money is done once of a thing, whatever rules say: the call that did it already, or is
about to.
"""

from engine.decisions.effects import ActionCall
from engine.decisions.reason import Reason
from engine.rules.rule import Call
from engine.sending.gates import Dropped
from engine.sending.question import Question

_MADE = frozenset({"claimed", "done"})


def done_before(question: Question) -> Dropped | None:
    """Why a call is not made: another one of the same action has been, of the same thing."""
    effect, rule = question.effect, question.resolved.rule
    if not isinstance(effect, ActionCall) or rule is None:
        return None
    calls = (one for one in rule.actions if isinstance(one, Call))
    once = next((one.once for one in calls if one.action == effect.name), ())
    thing = thing_of(effect, once)
    if thing is None:
        return None
    for one in question.siblings.values():
        is_same = (one.name, one.firing.shop) == (effect.name, effect.firing.shop)
        is_other = one.key != effect.key and one.state in _MADE
        if is_same and is_other and thing_of(one, once) == thing:
            return Dropped(Reason.ALREADY_DONE, one.key)
    return None


def thing_of(call: ActionCall, once: tuple[str, ...]) -> tuple[str, str] | None:
    """The thing of which a call is made once: the first of these parameters that has a value."""
    values = ((name, call.arguments.get(name)) for name in once)
    return next(((name, str(value)) for name, value in values if value is not None), None)
