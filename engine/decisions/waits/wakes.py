"""When a journey is woken next, and whether it ends with what it has begun."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from engine.decisions.due_moments import order_ends_at
from engine.decisions.effects import Effect
from engine.decisions.waits.calendar_waits import JourneyWaits
from engine.decisions.waits.perk_ends import ends_after
from engine.decisions.waits.send_times import RuleSight, asked_at
from engine.rules.policies import Policies


def asked_again(held: Iterable[Effect], seen: RuleSight) -> list[datetime]:
    """When each effect that is held is asked again."""
    return [at for one in held if (at := asked_at(one, seen))]


def next_wake(
    journey: JourneyWaits, policies: Policies, due: Sequence[datetime]
) -> tuple[datetime | None, bool]:
    """The next moment at which something is due: a wait or a held message, the end of a perk, or
    the end of a finished order; None if nothing is. And whether nothing is left to wait for but the
    effects that are open.
    """
    own, now, situation = journey.own, journey.now, journey.situation
    if moments := [*due, *ends_after(own, now, journey.zone(policies))]:
        return min(moments), False
    ends_at = order_ends_at(own, situation.subjects)
    if ends_at and ends_at > now:
        return ends_at, False
    return None, ends_at is not None or situation.subject.startswith("customer:")
