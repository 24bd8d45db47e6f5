"""Refunds: what was paid back for an order, in as many parts as the shop likes.

The state of an order keeps the amount of each refund under its id, or under its moment and
amount where it has none, so that a refund that is stated twice counts once; those that are stated
of a return are kept apart. The same amount within an hour is one refund where it is stated as both
and not named both times, and where two senders state it, who name it each in their own way.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import reduce

from engine.catalog.rows import row
from engine.catalog.values import Money, instant, parse_money
from engine.facts.events import Event
from engine.facts.state import Cell, State, cell, newest, stated_at, value_in

_KEPT: Mapping[str, str] = {"order.refunded": "refunds", "return.refunded": "return_refunds"}
_AMOUNT = "refund.amount"
_SOURCES = "refund_sources"
# The fact that is a refund's name.
REFUND_NAME = "refund.name"
_UNNAMED = "at "
# What is stated within so long may be one refund.
TOGETHER = timedelta(hours=1)


@row
class Statement:
    """A refund as it is stated of an order or of a return: its names, the first of them first, its
    amount, and by whom.
    """

    names: tuple[str, ...]
    amount: Cell
    sources: frozenset[str]

    @property
    def at(self) -> datetime:
        """When it was stated."""
        return datetime.fromisoformat(stated_at(self.amount))

    @property
    def is_named(self) -> bool:
        """Whether every sender gave it an id."""
        return not any(name.startswith(_UNNAMED) for name in self.names)


def refund_name(event: Event) -> str | None:
    """By what a refund is told from the others of its order: its id, else its moment and amount;
    None where an event does not say how much was paid back.
    """
    if event.type not in _KEPT or _AMOUNT not in event.data:
        return None
    moment = f"{_UNNAMED}{instant(event.occurred_at)} {event.data[_AMOUNT]}"
    return event.data.get("refund.id") or moment


def note_refund(order: State, event: Event) -> None:
    """What an event says of a refund into the state of its order, which must be a fresh copy."""
    if (name := refund_name(event)) is None:
        return
    kept = _KEPT[event.type]
    known = order.get(kept, {})
    stated = cell(event.data[_AMOUNT], instant(event.occurred_at))
    order[kept] = {**known, name: newest(known.get(name), stated)}
    sources = order.get(_SOURCES, {})
    by = {*sources.get(name, ()), event.source}
    order[_SOURCES] = {**sources, name: sorted(by)}


def name_after(order: State, event: Event) -> str | None:
    """The name under which a refund was stated first, by whomever, as its order is known after an
    event that states it.
    """
    name = refund_name(event)
    known = _statements(order, _KEPT[event.type]) if name else []
    return next((one.names[0] for one in known if name in one.names), name)


def newest_refund(order: State | None) -> str | None:
    """The name of the refund that was made last; None where no amount is known."""
    known = [one for kept in _KEPT.values() for one in _statements(order or {}, kept)]
    return max(known, key=lambda one: (one.at, one.names)).names[0] if known else None


def refunded(order: State | None) -> Money | None:
    """The sum of the refunds whose amount is known; None without one, or in several currencies."""
    amounts = (
        reduce(newest, [one.amount for one in pair if one is not None])
        for pair in paired(order or {})
    )
    return _sum(parse_money(value_in(one)) for one in amounts)


def paired(order: State) -> Iterator[tuple[Statement | None, Statement | None]]:
    """Each refund as it is stated of the order and as it is stated of a return."""
    left, of_returns = (_statements(order, kept) for kept in _KEPT.values())
    for are_same in (_share_name, _are_one):
        rest = []
        for one in of_returns:
            other = next((other for other in left if are_same(one, other)), None)
            if other is None:
                rest.append(one)
            else:
                left.remove(other)
                yield other, one
        of_returns = rest
    yield from ((one, None) for one in left)
    yield from ((None, one) for one in of_returns)


def _statements(order: State, kept: str) -> list[Statement]:
    """The refunds of one kind by time, each once, whoever else states it too."""
    sources = order.get(_SOURCES, {})
    stated = [
        Statement((name,), amount, frozenset(sources.get(name, ())))
        for name, amount in order.get(kept, {}).items()
    ]
    once: list[Statement] = []
    for one in sorted(stated, key=lambda one: (one.at, one.names)):
        same = (place for place, other in enumerate(once) if _is_again(one, other))
        if (place := next(same, None)) is None:
            once.append(one)
        else:
            other = once[place]
            by = other.sources | one.sources
            once[place] = Statement((*other.names, *one.names), other.amount, by)
    return once


def _is_again(one: Statement, other: Statement) -> bool:
    """Whether another sender states a refund again."""
    return _are_of_two(one, other) and _are_alike(one, other)


def _share_name(one: Statement, other: Statement) -> bool:
    return not set(one.names).isdisjoint(other.names)


def _are_one(one: Statement, other: Statement) -> bool:
    is_unnamed = not (one.is_named and other.is_named)
    return (is_unnamed and _are_alike(one, other)) or _is_again(one, other)


def _are_alike(one: Statement, other: Statement) -> bool:
    return value_in(one.amount) == value_in(other.amount) and abs(one.at - other.at) <= TOGETHER


def _are_of_two(one: Statement, other: Statement) -> bool:
    """Whether two senders have stated them; a row of before does not say who did."""
    is_known = bool(one.sources and other.sources)
    return is_known and one.sources.isdisjoint(other.sources)


def _sum(amounts: Iterable[Money]) -> Money | None:
    minor: dict[str, int] = {}
    for amount in amounts:
        minor[amount.currency] = minor.get(amount.currency, 0) + amount.minor
    if len(minor) != 1:
        return None
    currency, total = minor.popitem()
    return Money(total, currency)
