"""Silences: until when one holds, and which categories a customer hears nothing of."""

from collections.abc import Collection, Iterable
from datetime import datetime

from engine.facts.history import Happening, Standpoint, seen
from engine.facts.subjects import Suppression


def holds(silence: Suppression, history: Collection[Happening], now: datetime) -> bool:
    """Whether a silence has begun, is not over, and was not lifted."""
    return silence.starts_at <= now < silence.ends_at and not lifted(silence, history)


def lifted(silence: Suppression, history: Collection[Happening]) -> bool:
    """Whether a silence has ended by one of its `until` events that does not contradict the rule's
    thing.
    """
    where = Standpoint(silence.order, silence.about)
    return any(seen(history, silence.until, where, silence.starts_at))


def silenced(
    silences: Iterable[Suppression], history: tuple[Happening, ...], now: datetime
) -> list[str]:
    """The categories of which a customer hears nothing now: silences about one product are not
    counted.
    """
    mine = (one for one in silences if one.product is None and holds(one, history, now))
    return sorted({name for one in mine for name in one.categories})
