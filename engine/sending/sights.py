"""How far back an attempt sees: to what caused its own effect, and the others that it is weighed
against.
"""

from datetime import datetime

from engine.catalog.rows import changed
from engine.decisions.waits.beginnings import is_at_home, silent_since
from engine.facts.history import Happening
from engine.facts.views.bounded_history import Sight
from engine.rules.lookbacks import Horizon, Lookbacks, Reach
from engine.sending.question import MessageQuestion, Question


def sight_of_question(question: Question, now: datetime) -> Sight:
    """How far an attempt at this moment sees."""
    asked = (question, *others_of(question))
    begun = min(one.effect.firing.event_at for one in asked)
    named = (name for one in asked for name in (one.subjects.order_id, one.effect.firing.order))
    silences = (*question.silences, *question.subjects.silences)
    return Sight(
        _reach(question),
        Horizon(now, begun, silent_since(silences, now)),
        frozenset(name for name in named if name),
    )


def lookbacks_for_question(question: Question) -> Lookbacks:
    """How far the rules look that an attempt may ask, also those that were pinned."""
    found, asked = question.ruleset.lookbacks, (question, *others_of(question))
    for one in asked:
        if one.resolved.ruleset is not question.ruleset:
            found = found | one.resolved.ruleset.lookbacks
    is_home = all(
        is_at_home(one.effect.firing, question.ruleset, is_order=_is_of_order(one)) for one in asked
    )
    return found if is_home else found.wide


def looking_back_on(question: Question, history: tuple[Happening, ...]) -> Question:
    """The question with what it, and the others that it is weighed against, look back on: what
    happened to their orders, happened to the customer.
    """
    if not isinstance(question, MessageQuestion):
        return changed(question, history=history)
    return changed(
        question,
        history=history,
        rivals=tuple(changed(one, history=history) for one in question.rivals),
        carried=tuple(changed(one, history=history) for one in question.carried),
    )


def _reach(question: Question) -> Reach:
    lookbacks = lookbacks_for_question(question)
    if len(set(map(_is_of_order, (question, *others_of(question))))) > 1:
        return lookbacks.from_both
    return lookbacks.of_journey(question.effect.firing.journey)


def others_of(question: Question) -> tuple[Question, ...]:
    """The others that an effect is weighed against, or that it carries."""
    return (*question.rivals, *question.carried)


def _is_of_order(question: Question) -> bool:
    return question.effect.firing.journey.startswith("order:")
