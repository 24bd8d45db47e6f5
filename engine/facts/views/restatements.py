"""Restatements: when the money of a refund of an order was stated of one of its returns too, or the
other way round, so that one of two rules speaks of it.
"""

from datetime import datetime

from engine.catalog.values import Money
from engine.facts.reversals.refunds import TOGETHER, Statement, paired
from engine.facts.state import State, value_in
from engine.facts.things import happened, ids_of


def stated_as_other_at(
    order: State | None, about: tuple[str, str], name: str | None, amount: Money | None
) -> datetime | None:
    """When a refund that is stated of an order, or of a return, was stated of the other one; None
    if it was not. It is the one of this name or amount, else the last.

    Where the amount is not known both times, what is stated of both within an hour is one refund.
    """
    if order is None:
        return None
    side = 0 if about[0] == "order" else 1
    pairs = list(paired(order))
    of_mine = (one for one in pairs if (own := one[side]) and _fits(own, name, amount))
    mine = max(of_mine, key=lambda one: _at(one[side]), default=None)
    if mine and (same := mine[1 - side]):
        return same.at
    if all(any(pair[one] for pair in pairs) for one in (0, 1)):
        return None
    return _near(order, about)


def _near(order: State, about: tuple[str, str]) -> datetime | None:
    """When a refund of the other kind was stated within an hour, where amounts are unknown."""
    own = happened(order, *about, f"{about[0]}.refunded")
    kind = "return" if about[0] == "order" else "order"
    others = [about[1]] if kind == "order" else ids_of(order, "return")
    spans = (happened(order, kind, one, f"{kind}.refunded") for one in others)
    times = [at for span in spans if span for at in span]
    near = [at for at in times if own and abs(at - own[1]) <= TOGETHER]
    return min(near, default=None)


def _fits(one: Statement, name: str | None, amount: Money | None) -> bool:
    return name in one.names if name else amount is None or value_in(one.amount) == str(amount)


def _at(one: Statement | None) -> datetime:
    assert one is not None
    return one.at
