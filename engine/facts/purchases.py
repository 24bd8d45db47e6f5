"""What a customer's state keeps of each of their orders, for facts over all of them.

Of an order it keeps when it was placed and cancelled, the cells of a few of its facts, and of each
return its items, when it was called off last and when it was asked for or taken up again last.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.catalog.catalog import builtin
from engine.catalog.values import instant
from engine.facts.events import Event
from engine.facts.reversals.corrections import TAKEN_BACK_BY, is_correction
from engine.facts.state import ONLY, Cell, State, cell, newest, stated_at, value_in

# What is kept of one order.
PurchaseRecord = Mapping[str, Any]

_PLACED, _CANCELLED = "order.placed", "order.cancelled"
_ITEMS, _TOTAL, _BASE_TOTAL = "order.items", "order.total", "order.base_total"
_COUNTRY, _EXCHANGE = "order.country", "order.exchange"
_OF_EACH_ORDER = (_ITEMS, _TOTAL, _BASE_TOTAL, _COUNTRY, _EXCHANGE)
_CALLED_OFF = builtin().marked("called_off")
# After these a return goes on that was called off.
_TAKEN_UP = frozenset().union(*(TAKEN_BACK_BY[name] for name in _CALLED_OFF))
_TYPES_KEPT = _CALLED_OFF | _TAKEN_UP | {_PLACED, _CANCELLED}
_FACTS_KEPT = frozenset({*_OF_EACH_ORDER, "return.items"})


def note_purchase(customer: State, event: Event) -> None:
    """What an event says of an order into the state of its customer, which must be a fresh copy."""
    if event.order is None:
        return
    if event.type in _TYPES_KEPT or not _FACTS_KEPT.isdisjoint(event.data):
        orders = customer.get("orders", {})
        order = _after(orders.get(event.order, {}), event)
        customer["orders"] = {**orders, event.order: order}


def without_purchase(customer: State, order: str) -> State:
    """The state of a customer to whom an order does not belong any more."""
    if order not in customer.get("orders", {}):
        return customer
    return {**customer, "orders": {k: v for k, v in customer["orders"].items() if k != order}}


def joined_purchases(
    one: Mapping[str, PurchaseRecord], other: Mapping[str, PurchaseRecord]
) -> dict[str, PurchaseRecord]:
    """The orders of two customers who are one person."""
    found = dict(one)
    for order, record in other.items():
        found[order] = _joined(found[order], record) if order in found else record
    return found


def _joined(one: PurchaseRecord, other: PurchaseRecord) -> PurchaseRecord:
    found = {**one, **other}
    for name in one.keys() & other.keys():
        if name in (_PLACED, _CANCELLED):
            found[name] = min(one[name], other[name])
        elif name in _OF_EACH_ORDER:
            found[name] = newest(one[name], other[name])
        elif name == "returns":
            found[name] = {**one[name], **other[name]}
    return found


def with_purchases(customer: State, purchases: Mapping[str, PurchaseRecord]) -> State:
    """The state of a customer of whose orders this is known, by order id."""
    return {**customer, "orders": dict(purchases)}


def purchase(facts: Mapping[str, Any], at: str) -> PurchaseRecord:
    """An order with these facts that was placed at this instant."""
    return {_PLACED: at, **{name: cell(value, at) for name, value in facts.items()}}


def purchases_of(customer: State | None) -> list[PurchaseRecord]:
    """What is known of each order of a customer, in the order of their ids."""
    return [order for _, order in sorted((customer or {}).get("orders", {}).items())]


def purchase_of(customer: State | None, order: str) -> PurchaseRecord:
    """What is known of one order of a customer; nothing if it is not theirs."""
    found: PurchaseRecord = (customer or {}).get("orders", {}).get(order, {})
    return found


def bought(customer: State | None) -> list[PurchaseRecord]:
    """The orders that were placed and not cancelled, also those that replace what was sent back."""
    return [one for one in purchases_of(customer) if _PLACED in one and _CANCELLED not in one]


def paid(customer: State | None) -> list[PurchaseRecord]:
    """Those of them that replace nothing: the customer chose and paid for them."""
    return [one for one in bought(customer) if not is_exchange(one)]


def is_exchange(order: PurchaseRecord) -> bool:
    """Whether the order replaces what was sent back."""
    return _EXCHANGE in order and value_in(order[_EXCHANGE]) is True


def was_cancelled(order: PurchaseRecord) -> bool:
    """Whether the order was cancelled."""
    return _CANCELLED in order


def items_in(order: PurchaseRecord) -> list[Any] | None:
    """The items of an order, as its sender listed them."""
    return value_in(order[_ITEMS]) if _ITEMS in order else None


def items_cell(order: PurchaseRecord) -> Cell | None:
    """The items of an order with the moment at which they were stated."""
    return order.get(_ITEMS)


def total_in(order: PurchaseRecord) -> str | None:
    """The total in the shop's currency, else the total in the currency it was paid in."""
    held = order.get(_BASE_TOTAL) or order.get(_TOTAL)
    return value_in(held) if held else None


def sent_back(customer: State | None) -> list[str]:
    """The ids of the products that were sent back and of which the customer kept no piece, in
    whichever order.
    """
    returned, kept = set[str](), set[str]()
    for order in purchases_of(customer):
        back = _pieces(value_in(one["items"]) for one in _returns(order) if "items" in one)
        is_bought = _PLACED in order and _CANCELLED not in order
        own = _pieces([items_in(order) or []]) if is_bought else Counter[str]()
        returned |= back.keys()
        kept |= (own - back).keys()
    return sorted(returned - kept)


def newest_country(customer: State | None) -> str | None:
    """Where the newest order went; of two of the same moment the same one in whatever order they
    arrived.
    """
    cells = [order[_COUNTRY] for order in purchases_of(customer) if _COUNTRY in order]
    if not cells:
        return None
    country: str = value_in(max(cells, key=lambda held: (stated_at(held), value_in(held))))
    return country


def item_ids(lists: Iterable[list[Any]]) -> list[str]:
    """The ids in lists of items; an item may be its bare id."""
    return sorted(_pieces(lists))


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
    for item in items:
        line = item if isinstance(item, dict) else {"id": item}
        quantity = line.get("quantity", 1)
        if isinstance(line.get("id"), str):
            yield line["id"], max(quantity, 1) if type(quantity) is int else 1


def _returns(order: PurchaseRecord) -> Iterator[Mapping[str, Any]]:
    """The returns of an order that go on."""
    for one in order.get("returns", {}).values():
        called_off, taken_up = one.get("called_off"), one.get("taken_up", ["", ""])
        # Older rows only say that it was called off, not when.
        off_at = called_off if isinstance(called_off, str) else ""
        if not called_off or taken_up[0] > off_at or (taken_up[1] and taken_up[1] >= off_at):
            yield one


def _after(known: PurchaseRecord, event: Event) -> dict[str, Any]:
    order, at = dict(known), instant(event.occurred_at)
    if event.type in (_PLACED, _CANCELLED):
        order[event.type] = min(order.get(event.type, at), at)
    for name in _OF_EACH_ORDER:
        if name in event.data:
            order[name] = newest(order.get(name), cell(event.data[name], at))
    if event.type in _CALLED_OFF | _TAKEN_UP or "return.items" in event.data:
        thing, returns = event.things.get("return", ONLY), order.get("returns", {})
        order["returns"] = {**returns, thing: _returned(returns.get(thing, {}), event, at)}
    return order


def _returned(known: Mapping[str, Any], event: Event, at: str) -> dict[str, Any]:
    """The items of one return, when it was called off last, and when it was taken up again last: by
    a stage, by a correction.
    """
    after = dict(known)
    if event.type in _CALLED_OFF:
        before = known.get("called_off")
        after["called_off"] = max(before, at) if isinstance(before, str) else at
    if event.type in _TAKEN_UP:
        stage, correction = known.get("taken_up", ["", ""])
        after["taken_up"] = (
            [stage, max(correction, at)]
            if is_correction(event.type)
            else [max(stage, at), correction]
        )
    if "return.items" in event.data:
        after["items"] = newest(after.get("items"), cell(event.data["return.items"], at))
    return after
