"""What a customer's state keeps of each of their orders, for facts over all of them.

Of an order it keeps when it was placed and cancelled, the cells of a few of its facts, and of each
return its items and whether it was called off.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from engine.catalog.catalog import builtin
from engine.catalog.values import instant
from engine.facts.events import Event
from engine.facts.state import ONLY, Cell, State, cell, newest, stated_at, value_in

# What is kept of one order.
PurchaseRecord = Mapping[str, Any]

_PLACED, _CANCELLED = "order.placed", "order.cancelled"
_ITEMS, _TOTAL, _BASE_TOTAL = "order.items", "order.total", "order.base_total"
_COUNTRY = "order.country"
_OF_EACH_ORDER = (_ITEMS, _TOTAL, _BASE_TOTAL, _COUNTRY)
_CALLED_OFF = builtin().marked("called_off")
_TYPES_KEPT = _CALLED_OFF | {_PLACED, _CANCELLED}
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
    """The orders that were placed and not cancelled."""
    return [one for one in purchases_of(customer) if _PLACED in one and _CANCELLED not in one]


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


def sent_back(customer: State | None) -> list[list[Any]]:
    """The items of every return that was not called off."""
    returns = (one for order in purchases_of(customer) for one in order.get("returns", {}).values())
    return [value_in(one["items"]) for one in returns if _counts(one)]


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
    ids = (item.get("id") if isinstance(item, dict) else item for items in lists for item in items)
    return sorted({item for item in ids if isinstance(item, str)})


def _counts(returned: Mapping[str, Any]) -> bool:
    return "items" in returned and not returned.get("called_off")


def _after(known: PurchaseRecord, event: Event) -> dict[str, Any]:
    order, at = dict(known), instant(event.occurred_at)
    if event.type in (_PLACED, _CANCELLED):
        order[event.type] = min(order.get(event.type, at), at)
    for name in _OF_EACH_ORDER:
        if name in event.data:
            order[name] = newest(order.get(name), cell(event.data[name], at))
    if event.type in _CALLED_OFF or "return.items" in event.data:
        thing, returns = event.things.get("return", ONLY), order.get("returns", {})
        order["returns"] = {**returns, thing: _returned(returns.get(thing, {}), event, at)}
    return order


def _returned(known: Mapping[str, Any], event: Event, at: str) -> dict[str, Any]:
    """The items of one return, and whether it was called off."""
    after = dict(known)
    if event.type in _CALLED_OFF:
        after["called_off"] = True
    if "return.items" in event.data:
        after["items"] = newest(after.get("items"), cell(event.data["return.items"], at))
    return after
