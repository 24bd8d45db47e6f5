"""The once-key that a firing takes back when what failed is tried again: it was given back when its
messages had ended unsent.
"""

from datetime import datetime

from engine.decisions.decision import OnceKey
from engine.decisions.effects import ActionCall, Effect, Message
from engine.decisions.once.once_keys import once_key
from engine.facts.naming import Naming
from engine.sending.question import Question, QuestionAt


def key_of_retry(question: Question, now: datetime, naming: Naming) -> OnceKey | None:
    """The once-key of the firing of an effect; None where no rule fired it, or a fact of the key is
    unknown by now.
    """
    rule = question.resolved.rule
    if rule is None or question.effect.firing.form in ("breaker", "perk"):
        return None
    return once_key(rule, question.effect.firing, QuestionAt(question, now).view, naming)


def needs_key(effect: Effect) -> bool:
    """Whether an effect may not happen while another firing holds the key: a message, and a call
    that is for messages alone.
    """
    return isinstance(effect, Message) or (
        isinstance(effect, ActionCall) and bool(effect.awaited_by)
    )
