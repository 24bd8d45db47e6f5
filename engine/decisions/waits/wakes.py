"""When a journey is woken next, and whether it ends with what it has begun."""

from collections.abc import Sequence
from datetime import datetime

from engine.decisions.decision import Situation
from engine.decisions.due_moments import order_ends_at
from engine.decisions.waits.perk_ends import ends_after
from engine.facts.state import State
from engine.facts.subjects import Subjects


def next_wake(
    own: State, subjects: Subjects, due: Sequence[datetime], now: datetime
) -> datetime | None:
    """The next moment at which something is due: a wait or a held message, the end of a perk, or
    the end of a finished order. None if nothing is.
    """
    if moments := [*due, *ends_after(own, now)]:
        return min(moments)
    ends_at = order_ends_at(own, subjects)
    return ends_at if ends_at and ends_at > now else None


def ends_with_its_effects(
    situation: Situation, own: State, wake_at: datetime | None, now: datetime
) -> bool:
    """Whether nothing is left to wait for but the effects that are open."""
    if situation.more or wake_at:
        return False
    if situation.subject.startswith("customer:"):
        return True
    ends_at = order_ends_at(own, situation.subjects)
    return ends_at is not None and ends_at <= now
