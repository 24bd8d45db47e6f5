"""What moves money is done once of a thing, whatever rules say: the call that did it already ends
another one, and one that is about to do it is waited for, since it may yet fail.
"""

from datetime import datetime, timedelta

from engine.decisions.effects import ActionCall
from engine.decisions.reason import Reason
from engine.rules.rule import Call
from engine.sending.gates import Dropped, Held
from engine.sending.question import Question

_SOONEST, _LATEST = timedelta(minutes=1), timedelta(hours=1)


def done_before(question: Question, now: datetime) -> Held | Dropped | None:
    """Why a call is not made, or not yet: another one of the same action has been, or is being
    made, of the same thing.
    """
    others = _others(question)
    if done := next((one for one in others if one.state == "done"), None):
        return Dropped(Reason.ALREADY_DONE, done.key)
    if busy := next((one for one in others if one.state == "claimed"), None):
        return Held(_asked_next(question.effect.firing.due_at, now), Reason.BEING_DONE, busy.key)
    return None


def thing_of(call: ActionCall, once: tuple[str, ...]) -> tuple[str, str] | None:
    """The thing of which a call is made once: the first of these parameters that has a value."""
    values = ((name, call.arguments.get(name)) for name in once)
    return next(((name, str(value)) for name, value in values if value is not None), None)


def _others(question: Question) -> list[ActionCall]:
    """The other calls of the same action and thing; none where the action may be done again."""
    effect, rule = question.effect, question.resolved.rule
    if not isinstance(effect, ActionCall) or rule is None:
        return []
    calls = (one for one in rule.actions if isinstance(one, Call))
    once = next((one.once for one in calls if one.action == effect.name), ())
    thing, shop = thing_of(effect, once), effect.firing.shop
    if thing is None:
        return []
    return [
        one
        for one in question.siblings.values()
        if (one.name, one.firing.shop) == (effect.name, shop)
        and one.key != effect.key
        and thing_of(one, once) == thing
    ]


def _asked_next(due_at: datetime, now: datetime) -> datetime:
    """The longer it takes, the more rarely it is asked."""
    return now + min(max(now - due_at, _SOONEST), _LATEST)
