"""Refunds: what was paid back for an order, in as many parts as the shop likes.

The state of an order keeps the amount of each refund under its id, or under its moment and
amount where it has none, so that a refund that is stated twice counts once; those that are stated
of a return are kept apart. Where the shop states one refund as both and does not name it both
times, the same amount of both within an hour is one refund.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from engine.catalog.values import Money, instant, parse_money
from engine.facts.events import Event
from engine.facts.state import Cell, State, cell, newest, stated_at, value_in

_KEPT: Mapping[str, str] = {"order.refunded": "refunds", "return.refunded": "return_refunds"}
_AMOUNT = "refund.amount"
# The fact that is a refund's name.
REFUND_NAME = "refund.name"
_UNNAMED = "at "
_TOGETHER = timedelta(hours=1)


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


def newest_refund(order: State | None) -> str | None:
    """The name of the refund that was made last; None where no amount is known."""
    known = [one for kept in _KEPT.values() for one in (order or {}).get(kept, {}).items()]
    return max(known, key=_by_time)[0] if known else None


def refunded(order: State | None) -> Money | None:
    """The sum of the refunds whose amount is known; None without one, or in several currencies."""
    state = order or {}
    of_order, of_returns = (dict(state.get(kept, {})) for kept in _KEPT.values())
    for name in of_order.keys() & of_returns.keys():
        of_order[name] = newest(of_order[name], of_returns.pop(name))
    once = [*of_order.values(), *_not_among(of_returns, of_order)]
    return _sum(parse_money(value_in(one)) for one in once)


def _not_among(of_returns: Mapping[str, Any], of_order: Mapping[str, Any]) -> Iterable[Cell]:
    """The refunds of returns that are not stated of the order too."""
    left = sorted(of_order.items(), key=_by_time)
    for name, stated in sorted(of_returns.items(), key=_by_time):
        same = next((one for one in left if _are_one((name, stated), one)), None)
        if same is None:
            yield stated
        else:
            left.remove(same)


def _are_one(one: tuple[str, Cell], other: tuple[str, Cell]) -> bool:
    names, (stated, again) = (one[0], other[0]), (one[1], other[1])
    apart = datetime.fromisoformat(stated_at(stated)) - datetime.fromisoformat(stated_at(again))
    return (
        any(name.startswith(_UNNAMED) for name in names)
        and value_in(stated) == value_in(again)
        and abs(apart) <= _TOGETHER
    )


def _by_time(one: tuple[str, Cell]) -> tuple[str, str]:
    return stated_at(one[1]), one[0]


def _sum(amounts: Iterable[Money]) -> Money | None:
    minor: dict[str, int] = {}
    for amount in amounts:
        minor[amount.currency] = minor.get(amount.currency, 0) + amount.minor
    if len(minor) != 1:
        return None
    currency, total = minor.popitem()
    return Money(total, currency)
