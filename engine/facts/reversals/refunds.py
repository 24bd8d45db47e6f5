"""Refunds: what was paid back for an order, in as many parts as the shop likes.

The state of an order keeps the amount of each refund under its id, or under the moment at which it
happened where it has none, so that a refund that is stated twice counts once.
"""

from collections.abc import Iterable

from engine.catalog.values import Money, instant, parse_money
from engine.facts.events import Event
from engine.facts.state import State, cell, newest, value_in

_REFUNDED = frozenset({"order.refunded", "return.refunded"})
_AMOUNT = "refund.amount"


def note_refund(order: State, event: Event) -> None:
    """What an event says of a refund into the state of its order, which must be a fresh copy."""
    if event.type not in _REFUNDED or _AMOUNT not in event.data:
        return
    at, known = instant(event.occurred_at), order.get("refunds", {})
    name = event.data.get("refund.id") or f"at {at}"
    stated = cell(event.data[_AMOUNT], at)
    order["refunds"] = {**known, name: newest(known.get(name), stated)}


def refunded(order: State | None) -> Money | None:
    """The sum of the refunds whose amount is known; None without one, or in several currencies."""
    return _sum(parse_money(value_in(one)) for one in (order or {}).get("refunds", {}).values())


def _sum(amounts: Iterable[Money]) -> Money | None:
    minor: dict[str, int] = {}
    for amount in amounts:
        minor[amount.currency] = minor.get(amount.currency, 0) + amount.minor
    if len(minor) != 1:
        return None
    currency, total = minor.popitem()
    return Money(total, currency)
