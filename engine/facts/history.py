"""What has happened, as rules look back at it: `stop_if`, `until`, `without`, `happened`, `number
of`.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import field
from datetime import datetime

from engine.catalog.catalog import builtin
from engine.catalog.rows import row
from engine.catalog.values import instant
from engine.facts import things
from engine.facts.reversals.corrections import (
    BEGUN_ANEW_BY,
    WITNESSES,
    corrects_later,
    ended_before,
)
from engine.facts.state import ONLY, State
from engine.rules.rule import Listened

_ABOUT = {event.name: event.about for event in builtin().events.values()}


@row
class Happening:
    """An event as it is looked back at: its type, time and the things it names."""

    type: str
    occurred_at: datetime
    order: str | None
    customer: str | None
    things: Mapping[str, str]


@row
class Standpoint:
    """The thing from which somebody looks back: its order, where it has one, its kind
    and its id; and the state of that order, where it is known.
    """

    order: str | None
    about: tuple[str, str] | None
    state: State | None = field(default=None, hash=False, compare=False)

    def sees(self, happening: Happening, *, by_customer: bool = False) -> bool:
        """Whether an event does not contradict the thing: same order, and same thing, wherever both
        name one.

        The history is one customer's, so that `by_customer` asks for nothing more.
        """
        if by_customer:
            return True
        if self.order and happening.order and happening.order != self.order:
            return False
        kind, thing = self.about or ("", ONLY)
        return thing == ONLY or happening.things.get(kind, thing) in (thing, ONLY)


def is_taken_back(happening: Happening, where: Standpoint, history: Iterable[Happening]) -> bool:
    """Whether something that happened counts no more: by the state of its order, where that is
    known, else by what else has happened.
    """
    if happening.type not in WITNESSES:
        return False
    kind = _ABOUT[happening.type]
    thing = happening.things.get(kind, ONLY)
    if where.state is not None and happening.order is not None and happening.order == where.order:
        at = happening.occurred_at
        return not things.counts_still(where.state, (kind, thing), happening.type, at)
    same = [
        one
        for one in history
        if one.type in WITNESSES[happening.type] | BEGUN_ANEW_BY.get(happening.type, frozenset())
        and one.order == happening.order
        and one.things.get(kind, thing) == thing
    ]
    return instant(happening.occurred_at) <= ended_before(happening.type, _times(same)) or any(
        corrects_later(one.type, one.occurred_at, happening.type, happening.occurred_at)
        for one in same
    )


def _times(happenings: Iterable[Happening]) -> Iterator[tuple[str, list[str]]]:
    """When each event happened, the earliest first."""
    times: dict[str, list[str]] = {}
    for one in happenings:
        times.setdefault(one.type, []).append(instant(one.occurred_at))
    return ((name, sorted(known)) for name, known in times.items())


def seen(
    history: Collection[Happening],
    wanted: Iterable[Listened],
    where: Standpoint,
    since: datetime,
) -> Iterator[Happening]:
    """The events of these kinds that count for a thing, from `since` on, it included.

    What is known has happened, also where its sender's clock goes ahead of ours.
    """
    kinds = {one.event: one.by_customer for one in wanted}
    for happening in history:
        is_wanted = happening.type in kinds and since <= happening.occurred_at
        if (
            is_wanted
            and where.sees(happening, by_customer=kinds[happening.type])
            and not is_taken_back(happening, where, history)
        ):
            yield happening
