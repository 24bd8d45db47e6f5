"""Perks: whether a customer still has one, how often it may be used, and the moment it ends.

A sender that counts says `perk.uses_left`; of one that does not, every use since that was last said
counts as one.
"""

from collections.abc import Iterator
from datetime import datetime

from engine.catalog.catalog import builtin
from engine.catalog.values import loosely
from engine.facts import things
from engine.facts.state import FOR_EVER, State, cells_in, stated_at, uses_after, value_in

# What tells of its end.
EXPIRED = "perk.expired"
USED = "perk.used"
_ENDS = builtin().facts["perk.expires_at"]


def is_live(customer: State | None, perk: str, now: datetime, zone: str) -> bool:
    """Whether a customer has a perk: granted, its time not over, its uses not used up."""
    granted = things.happened(customer, "perk", perk, "perk.granted") is not None
    if not granted or uses_left(customer, perk) == 0:
        return False
    end = ends_at(customer, perk, zone)
    return end is None or end > now


def uses_left(customer: State | None, perk: str | None) -> int | None:
    """How often it may still be used; None if nobody said how often at all."""
    told, used = _uses(customer, perk)
    return None if told is None else max(told[0] - len(used), 0)


def used_up_at(customer: State | None, perk: str) -> str | None:
    """When its last use was made; None while one is left, or if it had ended before or was never
    granted.
    """
    if uses_left(customer, perk) != 0 or not _lasts(customer, perk):
        return None
    told, used = _uses(customer, perk)
    return used[told[0] - 1] if told and told[0] else told[1] if told else None


def ends_of(own: State, zone: str) -> Iterator[tuple[str, datetime]]:
    """Every perk that has not ended yet, and when its time is over; a local time is the
    customer's, in `zone`.
    """
    for perk in things.ids_of(own, "perk"):
        end = ends_at(own, perk, zone)
        if end and uses_left(own, perk) != 0 and _lasts(own, perk):
            yield perk, end


def ends_at(customer: State | None, perk: str, zone: str) -> datetime | None:
    """The instant at which its time is over; None if it lasts for good. A sender may have said a
    day or a local time, which begins in the customer's zone.
    """
    end = loosely(_ENDS.type, stated_end(customer, perk), zone)
    return end if isinstance(end, datetime) else None


def stated_end(customer: State | None, perk: str | None) -> str | None:
    """The end of its time as it was stated; None if it lasts for good, which older rows spell as a
    moment after every other.
    """
    end: str | None = things.value_of(customer, "perk", perk, _ENDS.name)
    return None if end == FOR_EVER else end


def _lasts(customer: State | None, perk: str) -> bool:
    """Whether it was granted and its end has not been told since."""
    granted, expired = (
        things.happened(customer, "perk", perk, name) for name in ("perk.granted", EXPIRED)
    )
    return granted is not None and (expired is None or expired[1] < granted[1])


def _uses(customer: State | None, perk: str | None) -> tuple[tuple[int, str] | None, list[str]]:
    """What was last said of its uses, and when; then every use since."""
    if customer is None or perk is None:
        return None, []
    holder = things.holder_of(customer, "perk", perk)
    if (told := cells_in(holder).get("perk.uses_left")) is None:
        return None, []
    return (value_in(told), stated_at(told)), uses_after(holder, stated_at(told))
