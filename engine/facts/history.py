"""What has happened, as rules look back at it: `stop_if`, `until`, `without`, `happened`, `number
of`.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from engine.catalog.rows import row
from engine.facts.state import ONLY
from engine.rules.rule import Listened


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
    and its id.
    """

    order: str | None
    about: tuple[str, str] | None

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


def seen(
    history: Iterable[Happening],
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
        if is_wanted and where.sees(happening, by_customer=kinds[happening.type]):
            yield happening
