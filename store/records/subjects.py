"""What both stores make of their rows before the engine is asked: whose they are, and what may
speak against them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import attrgetter

from engine.catalog.rows import changed, row
from engine.decisions.effects import Message
from engine.decisions.firing import Firing
from engine.facts.naming import beside, own_id, shop_of
from engine.facts.state import State
from engine.facts.subjects import Subjects, Suppression
from engine.rules.ruleset import Ruleset
from engine.sending.gates import is_weighed
from engine.sending.question import MessageQuestion, posed

# Events of one decision; where there are more, the nudge stays and the journey is due again at
# once.
BATCH = 200


@row
class Around:
    """What others have brought about: silences that may cover a decision, and the newest scan by
    carrier.
    """

    silences: tuple[Suppression, ...]
    scans: Mapping[str, datetime]


# Another message for the same customer, the ruleset under which it first fired, and the facts of
# its own order.
Other = tuple[Message, Ruleset | None, State | None]


def order_of(subject: str, firing: Firing) -> str | None:
    """The subject id of the order a firing is about: its journey's own, or the one its
    event named.
    """
    if subject.startswith("order:"):
        return subject
    return beside(subject, "order", firing.order) if firing.order else None


def _is_of_customer(silence: Suppression) -> bool:
    """Whether a silence covers all orders of a customer who is known."""
    return silence.customer is not None and (silence.across_customer or silence.order is None)


def subjects_of(
    subject: str,
    order: str | None,
    customer: str | None,
    facts: Mapping[str, State],
    around: Around,
) -> Subjects:
    """The order and the customer of a decision; `facts` by subject id."""
    return Subjects(
        silences=tuple(sorted(filter(_is_of_customer, around.silences), key=attrgetter("key"))),
        scans=around.scans,
        order=facts.get(order) if order else None,
        customer=facts.get(customer) if customer else None,
        order_id=own_id(order) if order else None,
        customer_id=own_id(customer) if customer else None,
        shop=shop_of(subject),
    )


def capped(ruleset: Ruleset) -> list[str]:
    """The categories whose messages are weighed against each other."""
    return [one.id for one in ruleset.policies.categories if is_weighed(one, ruleset.policies)]


def with_others(
    question: MessageQuestion, rivals: Sequence[Other], carried: Sequence[Other]
) -> MessageQuestion:
    """The question with the other messages that wait for the customer, and those that this one
    carries.

    They look back on the same history: what happened to their orders, happened to the customer.
    """
    aboard = sorted(carried, key=lambda other: question.effect.carries.index(other[0].key))
    return changed(
        question,
        rivals=_rival_questions(question, rivals),
        carried=_rival_questions(question, aboard),
    )


def _rival_questions(
    question: MessageQuestion, others: Sequence[Other]
) -> tuple[MessageQuestion, ...]:
    return tuple(
        posed(
            other,
            question.ruleset,
            pinned,
            changed(question.subjects, order=facts, order_id=other.firing.order),
            history=question.history,
            channels=question.channels,
        )
        for other, pinned, facts in others
    )
