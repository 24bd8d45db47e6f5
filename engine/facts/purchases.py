"""What a customer's state keeps of all their orders together: sums, to which every order adds its
share, and the newest orders.

An order's state keeps the share that it has added, so that the sums move by what has changed of it.
A share is whether the order counts as paid, what it cost, and of each product whether the order
brought some, sent some back and kept some. Sums are the same in whatever order events arrive, and
whoever an order belonged to before.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.catalog.catalog import builtin
from engine.catalog.retyped import retyped
from engine.catalog.values import FactType, Money
from engine.facts.older_purchases import orders_kept, without_records
from engine.facts.reversals.corrections import TAKEN_BACK_BY, is_correction
from engine.facts.state import (
    Holder,
    State,
    cells_in,
    first_in,
    known_things,
    last_in,
    spans_in,
    stated,
    stated_at,
)

# What one order, or all orders of a customer, add up to.
Share = Mapping[str, Any]

_PLACED, _CANCELLED = "order.placed", "order.cancelled"
# A shop may have made the total of an order another type; what is no money adds nothing.
_MONEY = FactType("money")
_ITEMS, _TOTAL, _BASE_TOTAL = "order.items", "order.total", "order.base_total"
_COUNTRY, _EXCHANGE = "order.country", "order.exchange"
_CALLED_OFF = builtin().marked("called_off")
# After these a return goes on that was called off: by a stage, by a correction.
_TAKEN_UP = frozenset().union(*(TAKEN_BACK_BY[name] for name in _CALLED_OFF))
_CORRECTIONS = frozenset(filter(is_correction, _TAKEN_UP))
_STAGES = _TAKEN_UP - _CORRECTIONS
# Where an order's state keeps its share, and a customer's state the sums and the newest orders.
_SHARE, _SUMS, _NEWEST = "share", "purchases", "newest_orders"
# When an order was placed of which no event has been heard.
_BOUGHT_AT = "bought_at"
# So many orders are kept with where they went and what was in them, and the last that says where.
_ORDERS_KEPT = 12
_NOTHING: Share = {"paid": 0, "spent": {}, "pieces": {}}
# What is counted of a product: the orders that brought it, sent it back, and left some of it.
_BROUGHT, _SENT_BACK, _LEFT = range(3)


def recount(customer: State, before: State | None, order: State, name: str) -> tuple[State, State]:
    """The states of a customer and of an order of theirs by its id, once the sums hold what the
    order adds to them by now.

    `before` is the order as it was counted last; None if it was not theirs until now.
    """
    counted = as_counted(order)
    newest = _newest({**_newest_orders(customer), name: _as_newest(order)})
    sums = _moved(_sums_of(customer), _counted(customer, before, name), counted[_SHARE])
    return _keeping(customer, sums, newest), counted


def without_order(customer: State, order: State, name: str) -> State:
    """The state of a customer to whom an order, by its id, does not belong any more."""
    newest = {key: one for key, one in _newest_orders(customer).items() if key != name}
    sums = _moved(_sums_of(customer), _counted(customer, order, name), _NOTHING)
    return _keeping(customer, sums, newest)


def joined_purchases(joined: State, one: State, other: State) -> State:
    """The joined state of two customers who are one person, with what both have bought."""
    sums = _moved(_sums_of(one), _NOTHING, _sums_of(other))
    return _keeping(joined, sums, _newest({**_newest_orders(one), **_newest_orders(other)}))


def as_bought(order: State, at: str) -> State:
    """The state of an order that was placed at an instant, though no event of it is known, and
    that its customer's sums hold.
    """
    return as_counted({**order, _BOUGHT_AT: at})


def as_counted(order: State) -> State:
    """The state of an order that its customer's sums hold as it is."""
    return {**order, _SHARE: _share_of(order)}


def with_orders(customer: State, orders: Mapping[str, State], more: int = 0) -> State:
    """The state of a customer who has just these orders, by their ids, and so many more of which
    nothing is known.
    """
    sums: Share = {**_NOTHING, "paid": more}
    for order in orders.values():
        sums = _moved(sums, _NOTHING, _share_of(order))
    return _keeping(customer, sums, _newest({k: _as_newest(one) for k, one in orders.items()}))


def orders_paid(customer: State | None) -> int:
    """How many orders the customer placed and did not cancel, without those that replace what was
    sent back.
    """
    number: int = _sums_of(customer)["paid"]
    return number


def spent(customer: State | None, currency: str | None) -> Money | None:
    """What those orders cost in a currency; by default in the one in which most were paid. None
    where nobody has stated it.
    """
    sums: Mapping[str, list[int]] = _sums_of(customer)["spent"]
    own = currency or max(sums, key=lambda one: (sums[one][1], one), default="")
    return Money(sums[own][0], own) if own in sums else None


def bought(customer: State | None) -> list[str]:
    """The ids of the products in the orders that were placed and not cancelled."""
    pieces = _sums_of(customer)["pieces"]
    return sorted(name for name, counts in pieces.items() if counts[_BROUGHT] > 0)


def sent_back(customer: State | None) -> list[str]:
    """The ids of the products that were sent back and of which the customer kept no piece, in
    whichever order.
    """
    pieces = _sums_of(customer)["pieces"]
    return sorted(
        name for name, counts in pieces.items() if counts[_SENT_BACK] > 0 and counts[_LEFT] <= 0
    )


def newest_country(customer: State | None) -> str | None:
    """Where the newest order went; of two of the same moment the same one in whatever order they
    arrived.
    """
    words = [one["country"] for one in _newest_orders(customer).values() if "country" in one]
    return str(max(words)[1]) if words else None


def items_of_order(customer: State | None, order: str) -> list[str]:
    """The ids of the products in one of the customer's newest orders; none in any other."""
    items: list[str] = _newest_orders(customer).get(order, {}).get("items", [])
    return items


def item_ids(lists: Iterable[list[Any]]) -> list[str]:
    """The ids in lists of items; an item may be its bare id."""
    return sorted(_pieces(lists))


def _keeping(customer: State, sums: Share, newest: Mapping[str, Any]) -> State:
    return {**without_records(customer), _SUMS: sums, _NEWEST: newest}


def _sums_of(customer: State | None) -> Share:
    if customer is None:
        return _NOTHING
    if _SUMS in customer:
        found: Share = customer[_SUMS]
        return found
    sums = _NOTHING
    for order in orders_kept(customer).values():
        sums = _moved(sums, _NOTHING, _share_of(order))
    return sums


def _newest_orders(customer: State | None) -> Mapping[str, Any]:
    if customer is None:
        return {}
    kept: Mapping[str, Any] = customer.get(_NEWEST, {})
    return kept or {name: _as_newest(order) for name, order in orders_kept(customer).items()}


def _counted(customer: State, order: State | None, name: str) -> Share:
    """What an order has added to its customer's sums."""
    if order is not None and _SHARE in order:
        share: Share = order[_SHARE]
        return share
    # A row of before: its share is in the sums as the customer's own record of it says.
    kept = order if _SUMS in customer else orders_kept(customer).get(name)
    return _NOTHING if kept is None else _share_of(kept)


def _share_of(order: State) -> Share:
    is_bought = _placed_at(order) is not None and _CANCELLED not in spans_in(order)
    is_paid = is_bought and stated(order, _EXCHANGE) is not True
    total = stated(order, _BASE_TOTAL) or stated(order, _TOTAL)
    cost = retyped(_MONEY, total, "UTC") if is_paid else None
    return {
        "paid": int(is_paid),
        "spent": {cost.currency: [cost.minor, 1]} if isinstance(cost, Money) else {},
        "pieces": _products(order, is_bought=is_bought),
    }


def _placed_at(order: State) -> str | None:
    placed = spans_in(order).get(_PLACED)
    at: str | None = first_in(placed) if placed else order.get(_BOUGHT_AT)
    return at


def _products(order: State, *, is_bought: bool) -> Mapping[str, list[int]]:
    own = _pieces([stated(order, _ITEMS) or []]) if is_bought else Counter[str]()
    back = _pieces(_items_sent_back(order))
    left = own - back
    return {
        name: [int(name in own), int(name in back), int(name in left)]
        for name in sorted({*own, *back})
    }


def _items_sent_back(order: State) -> Iterator[list[Any]]:
    """The items of each return of an order that goes on."""
    for one in known_things(order, "return").values():
        if (items := stated(one, "return.items")) and _goes_on(one):
            yield items


def _goes_on(one: Holder) -> bool:
    """Whether a return was not called off, or taken up again since."""
    off, stage, correction = (
        max((last_in(at) for name, at in spans_in(one).items() if name in names), default=None)
        for names in (_CALLED_OFF, _STAGES, _CORRECTIONS)
    )
    if off is None:
        return True
    return (stage or "") > off or (correction is not None and correction >= off)


def _moved(sums: Share, old: Share, new: Share) -> Share:
    """The sums after one share has taken the place of another."""
    if old == new:
        return sums
    return {
        "paid": sums["paid"] - old["paid"] + new["paid"],
        "spent": _counts(sums["spent"], old["spent"], new["spent"]),
        "pieces": _counts(sums["pieces"], old["pieces"], new["pieces"]),
    }


def _counts(
    sums: Mapping[str, list[int]], old: Mapping[str, list[int]], new: Mapping[str, list[int]]
) -> Mapping[str, list[int]]:
    """Lists of numbers by name, added up; those of which nothing is left are left out."""
    found = dict(sums)
    for counts, sign in ((old, -1), (new, 1)):
        for name, numbers in counts.items():
            known = found.get(name) or [0] * len(numbers)
            found[name] = [one + sign * number for one, number in zip(known, numbers, strict=True)]
            if not any(found[name]):
                del found[name]
    return found


def _as_newest(order: State) -> Mapping[str, Any]:
    """What is kept of one of the newest orders, and when something of it was stated last."""
    cells = cells_in(order)
    times = [stated_at(cells[name]) for name in (_ITEMS, _COUNTRY) if name in cells]
    kept: dict[str, Any] = {"at": max([*times, _placed_at(order) or ""])}
    if items := item_ids([stated(order, _ITEMS) or []]):
        kept["items"] = items
    if country := stated(order, _COUNTRY):
        kept["country"] = [stated_at(cells[_COUNTRY]), country]
    return kept


def _newest(orders: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    if len(orders) <= _ORDERS_KEPT:
        return orders
    names = sorted(orders, key=lambda name: (orders[name]["at"], name))[-_ORDERS_KEPT:]
    if abroad := [(one["country"], name) for name, one in orders.items() if "country" in one]:
        names.append(max(abroad)[1])  # the newest country counts, however old it is
    return {name: orders[name] for name in names}


def _pieces(lists: Iterable[list[Any]]) -> Counter[str]:
    """How many pieces of each product lists of items have."""
    found = Counter[str]()
    for items in lists:
        for item, quantity in _lines(items):
            found[item] += quantity
    return found


def _lines(items: Iterable[Any]) -> Iterator[tuple[str, int]]:
    """The product and the quantity of each item that has an id; one piece where nobody says how
    many.
    """
    for item in items if isinstance(items, list) else ():
        line = item if isinstance(item, dict) else {"id": item}
        quantity = line.get("quantity", 1)
        if isinstance(line.get("id"), str):
            yield line["id"], max(quantity, 1) if type(quantity) is int else 1
