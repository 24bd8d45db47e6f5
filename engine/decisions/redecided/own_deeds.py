"""What a firing reads when it is asked again: everything but what it has set, granted, emitted or
silenced itself. In what order its deeds and its messages come is then all the same.
"""

from collections.abc import Iterable

from engine.catalog.rows import changed
from engine.catalog.values import instant
from engine.decisions.firing import Firing, first_id
from engine.facts.history import Happening
from engine.facts.naming import key_of
from engine.facts.reversals.own_facts import own_happenings, without_own
from engine.facts.subjects import Subjects


def without_own_deeds(
    firing: Firing, subjects: Subjects, history: tuple[Happening, ...]
) -> tuple[Subjects, tuple[Happening, ...]]:
    """Facts, silences and history without the firing's own deeds; the very same where it has none."""
    begins = key_of(firing.journey, first_id(firing), firing.occurrence, "")
    order, customer = subjects.order, subjects.customer
    own = own_happenings(order, begins) | own_happenings(customer, begins)
    silences = tuple(one for one in subjects.silences if not one.key.startswith(begins))
    if not own and len(silences) == len(subjects.silences):
        return subjects, history
    left = changed(
        subjects,
        order=without_own(order, begins),
        customer=without_own(customer, begins),
        silences=silences,
    )
    return left, _without(history, own)


def _without(history: Iterable[Happening], own: set[tuple[str, str]]) -> tuple[Happening, ...]:
    return tuple(one for one in history if (one.type, instant(one.occurred_at)) not in own)
