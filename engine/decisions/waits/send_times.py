"""The time of day at which a message leaves, which is the customer's: it follows their zone until it
is there.
"""

from collections.abc import Callable
from datetime import datetime

from engine.catalog.calendar import next_clock
from engine.decisions.action_sites import site_of
from engine.decisions.effects import Effect, Message
from engine.decisions.firing import Firing
from engine.decisions.reason import Reason
from engine.facts.subjects import Subjects
from engine.facts.views.view import View
from engine.rules.rule import Rule, Send

# The rule of a firing, and the facts as it reads them.
RuleSight = Callable[[Firing], tuple[Rule | None, View]]
# The same, of an effect that was decided at a moment.
HeldSight = Callable[[Firing, datetime | None], tuple[Rule | None, View]]


def leaves_at(send: Send, firing: Firing, view: View) -> datetime | None:
    """When the time of day comes for which a message waits; None if it waits for none."""
    if send.send_at is None:
        return None
    return next_clock(firing.due_at, send.send_at, view["zone"])


def asked_at(held: Effect, seen: RuleSight) -> datetime | None:
    """When an effect that is held is asked again. What waits for a time of day is asked by the zone
    it was held in or by the one that is known now, whichever is earlier there; where its rule
    fails, by the one it was held in.
    """
    if held.held_until is None or held.reason is not None or not isinstance(held, Message):
        return held.held_until
    try:
        there = _leaves_by_now(held, seen)
    except Exception:  # noqa: BLE001  # a rule that fails may be mended until then
        return held.held_until
    return min(held.held_until, there) if there else held.held_until


def _leaves_by_now(held: Message, seen: RuleSight) -> datetime | None:
    """When the time of day of a held message comes in the zone that is known now."""
    rule, view = seen(held.firing)
    site = site_of(rule, held) if rule else None
    if site is None or not isinstance(site.action, Send):
        return None
    return leaves_at(site.action, held.firing, view)


def has_come(held: Effect, seen: HeldSight, now: datetime) -> bool:
    """Whether the moment has come for which an effect is held."""
    at = asked_at(held, lambda firing: seen(firing, None))
    return at is not None and at <= now


def is_due(held: Effect, seen: HeldSight, subjects: Subjects, now: datetime) -> bool:
    """Whether an effect that is held is to be asked again now: its moment has come, or the customer
    is known for whom it waited.
    """
    if held.reason is Reason.UNKNOWN_CUSTOMER and subjects.customer_id is not None:
        return True
    return has_come(held, seen, now)
