"""What a firing reads when it is asked again: everything but what it has set, granted, emitted or
silenced itself. In what order its deeds and its messages come is then all the same.

Nor does a message read what other rules have done at the very instant at which it was decided: rules
that one event fires do not see each other's deeds, whenever their messages leave.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from engine.catalog.rows import changed
from engine.catalog.values import instant
from engine.decisions.firing import Firing, first_id
from engine.facts.history import Happening
from engine.facts.naming import key_of
from engine.facts.reversals.own_facts import IsUnread, has_own, own_happenings, without_own
from engine.facts.subjects import Subjects, Suppression


def without_own_deeds(
    firing: Firing,
    subjects: Subjects,
    history: tuple[Happening, ...],
    decided_at: datetime | None = None,
) -> tuple[Subjects, tuple[Happening, ...]]:
    """Facts, silences and history without the firing's own deeds, and without those of the instant
    at which an effect of it was decided; the very same where there are none.
    """
    if not (subjects.silences or has_own(subjects.order) or has_own(subjects.customer)):
        return subjects, history
    begins = key_of(firing.journey, first_id(firing), firing.occurrence, "")
    is_unread = _unread(begins, firing.depth, instant(decided_at) if decided_at else None)
    order, customer = subjects.order, subjects.customer
    own = own_happenings(order, is_unread) | own_happenings(customer, is_unread)
    silences = tuple(
        one
        for one in subjects.silences
        if not (one.key.startswith(begins) or (decided_at and _begins_with(one, firing)))
    )
    if not own and len(silences) == len(subjects.silences):
        return subjects, history
    left = changed(
        subjects,
        order=without_own(order, is_unread),
        customer=without_own(customer, is_unread),
        silences=silences,
    )
    return left, _without(history, own)


def _unread(begins: str, depth: int, at: str | None) -> IsUnread:
    def is_unread(key: str, record: Mapping[str, Any]) -> bool:
        # What led to the firing is as deep as itself.
        is_beside = at is not None and record["at"] == at and record.get("depth", 0) > depth
        return is_beside or key.startswith(begins)

    return is_unread


def _begins_with(silence: Suppression, firing: Firing) -> bool:
    """Whether a silence began with the event that a firing is of."""
    return firing.depth == 0 and silence.starts_at == firing.due_at


def _without(history: Iterable[Happening], own: set[tuple[str, str]]) -> tuple[Happening, ...]:
    return tuple(one for one in history if (one.type, instant(one.occurred_at)) not in own)
