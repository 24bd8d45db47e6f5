"""When a journey is woken next, and whether it ends with what it has begun."""

from collections.abc import Sequence
from datetime import datetime

from engine.decisions.decision import Situation
from engine.decisions.due_moments import order_ends_at
from engine.decisions.waits.perk_ends import ends_after
from engine.facts.state import State


def next_wake(
    situation: Situation, own: State, due: Sequence[datetime], now: datetime
) -> tuple[datetime | None, bool]:
    """The next moment at which something is due: a wait or a held message, the end of a perk, or
    the end of a finished order; None if nothing is. And whether nothing is left to wait for but the
    effects that are open.
    """
    if moments := [*due, *ends_after(own, now)]:
        return min(moments), False
    ends_at = order_ends_at(own, situation.subjects)
    if ends_at and ends_at > now:
        return ends_at, False
    return None, ends_at is not None or situation.subject.startswith("customer:")
