"""How far back an attempt sees: to what caused its own effect, and the others that it is weighed
against.
"""

from datetime import datetime

from engine.catalog.rows import changed
from engine.decisions.waits.beginnings import ended_by, is_at_home, silent_since
from engine.facts.history import Happening
from engine.facts.views.bounded_history import Sight
from engine.rules.lookbacks import Horizon, Lookbacks, Reach
from engine.sending.question import MessageQuestion, Question


def sight_of_question(question: Question, orders: frozenset[str], now: datetime) -> Sight:
    """How far an attempt at this moment sees that sees everything of these orders."""
    begun = min(one.effect.firing.event_at for one in (question, *others_of(question)))
    silences = (*question.silences, *question.subjects.silences)
    horizon = Horizon(now, begun, silent_since(silences, now))
    return Sight(_reach(question, now), horizon, orders)


def lookbacks_for_question(question: Question, now: datetime | None) -> Lookbacks:
    """How far the rules look that an attempt at this moment may ask, without one at any, also those
    that were pinned; and how far the silences do, also of others who read the message.
    """
    found, asked = question.ruleset.lookbacks, (question, *others_of(question))
    for one in asked:
        if one.resolved.ruleset is not question.ruleset:
            found = found | one.resolved.ruleset.lookbacks
    is_home = all(
        is_at_home(one.effect.firing, question.ruleset, is_order=_is_of_order(one)) for one in asked
    )
    silences = [*question.silences, *question.subjects.silences]
    if isinstance(question, MessageQuestion):
        silences += [silence for reader in question.readers for silence in reader.silences]
    found = found.ending(ended_by(silences, now), question.ruleset.catalog)
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


def _reach(question: Question, now: datetime) -> Reach:
    lookbacks = lookbacks_for_question(question, now)
    if len(set(map(_is_of_order, (question, *others_of(question))))) > 1:
        return lookbacks.from_both
    return lookbacks.of_journey(question.effect.firing.journey)


def others_of(question: Question) -> tuple[Question, ...]:
    """The others that an effect is weighed against, or that it carries."""
    return (*question.rivals, *question.carried)


def _is_of_order(question: Question) -> bool:
    return question.effect.firing.journey.startswith("order:")
