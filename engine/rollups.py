"""Roll-ups: facts that nobody states, worked out from what is known of an order's parcels or a customer's orders."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine import facts
from engine.calendar import local_day
from engine.facts import State
from engine.values import Money, instant, parse_money

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Subjects:
    """The facts of an order and its customer at one moment; either may be unknown yet."""

    order: State | None
    customer: State | None
    order_id: str | None = None
    customer_id: str | None = None
    shop: str = ""


def orders_of(customer: State | None) -> list[Mapping[str, Any]]:
    """What is known of each order of a customer, by order id."""
    return [order for _, order in sorted((customer or {}).get("orders", {}).items())]


def _bought(customer: State | None) -> list[Mapping[str, Any]]:
    return [order for order in orders_of(customer) if "order.placed" in order and "order.cancelled" not in order]


def _item_ids(orders: list[Mapping[str, Any]], name: str) -> list[str]:
    items = (item for order in orders for item in order.get(name, [[]])[0])
    return sorted({item["id"] for item in items if isinstance(item, dict) and isinstance(item.get("id"), str)})


def _eta(subjects: Subjects, view: Facts) -> date | None:
    order = subjects.order
    parcels = [facts.value_of(order, "shipment", parcel, "shipment.eta") for parcel in facts.ids_of(order, "shipment")]
    latest = max((eta for eta in parcels if eta), default=None)
    return date.fromisoformat(latest) if latest else view["order.promised_on"]


def _days_late_of(subjects: Subjects, view: Facts, parcel: str) -> int | None:
    """The day it came, or today, after the promised day, else after its own expected day; never below 0."""
    order = subjects.order
    promised: date | None = view["order.promised_on"]
    if promised is None and (eta := facts.value_of(order, "shipment", parcel, "shipment.eta")):
        promised = date.fromisoformat(eta)
    if promised is None:
        return None
    came = facts.happened(order, "shipment", parcel, "shipment.delivered")
    day = local_day(came[0], view["zone"]) if came else view["today"]
    return max((day - promised).days, 0)


def _order_days_late(subjects: Subjects, view: Facts) -> int | None:
    parcels = facts.ids_of(subjects.order, "shipment")
    late = [days for parcel in parcels if (days := _days_late_of(subjects, view, parcel)) is not None]
    return max(late) if late else None


def _shipment_days_late(subjects: Subjects, view: Facts) -> int | None:
    parcel = view["shipment.id"]
    return _days_late_of(subjects, view, parcel) if parcel else None


def _shipment_number(subjects: Subjects, view: Facts) -> int:
    parcel = view["shipment.id"]
    parcels = facts.ids_of(subjects.order, "shipment")
    return parcels.index(parcel) + 1 if parcel in parcels else 1


def _shipments(subjects: Subjects, _view: Facts) -> list[dict[str, Any]]:
    order = subjects.order
    return [
        {cell.partition(".")[2]: value[0] for cell, value in order["things"]["shipment"][parcel]["facts"].items()}
        | {"id": parcel, "number": number}
        for number, parcel in enumerate(facts.ids_of(order, "shipment"), 1)
        if order
    ]


def _returned(subjects: Subjects, _view: Facts) -> bool:
    order = subjects.order
    return any(
        facts.happened(order, "return", item, "return.requested")
        and not facts.happened(order, "return", item, "return.declined")
        and not facts.happened(order, "return", item, "return.cancelled")
        for item in facts.ids_of(order, "return")
    )


def _perks(subjects: Subjects, view: Facts) -> list[str]:
    customer = subjects.customer
    return [perk for perk in facts.ids_of(customer, "perk") if _perk_is_live(customer, perk, instant(view["now"]))]


def _perk_is_live(customer: State | None, perk: str, now: str) -> bool:
    ends = facts.value_of(customer, "perk", perk, "perk.expires_at")
    uses = facts.value_of(customer, "perk", perk, "perk.uses_left")
    return facts.happened(customer, "perk", perk, "perk.granted") is not None and (ends or "9") > now and uses != 0


def _support_open(subjects: Subjects, _view: Facts) -> bool:
    customer = subjects.customer
    return any(_case_is_open(customer, case) for case in facts.ids_of(customer, "case"))


def _case_is_open(customer: State | None, case: str) -> bool:
    times = {
        word: facts.happened(customer, "case", case, f"support.case_{word}")
        for word in ("opened", "reopened", "solved")
    }
    opened = max((at[1] for word in ("opened", "reopened") if (at := times[word])), default=None)
    solved = times["solved"]
    return opened is not None and (solved is None or solved[1] < opened)


def _lifetime_spend(subjects: Subjects, view: Facts) -> Money | None:
    """What was ordered and not cancelled, in the shop's currency: base_total, else totals already in it."""
    told = [order.get("order.base_total") or order.get("order.total") for order in _bought(subjects.customer)]
    amounts = [parse_money(cell[0]) for cell in told if cell]
    own = [money for money in amounts if money.currency == (view["shop.currency"] or amounts[0].currency)]
    return Money(sum(money.minor for money in own), own[0].currency) if own else None


ROLL_UPS: Mapping[str, Callable[[Subjects, Facts], Any]] = {
    "order.eta": _eta,
    "order.parcels": lambda subjects, _view: len(facts.ids_of(subjects.order, "shipment")),
    "order.days_late": _order_days_late,
    "order.shipments": _shipments,
    "order.returned": _returned,
    "shipment.days_late": _shipment_days_late,
    "shipment.number": _shipment_number,
    "customer.perks": _perks,
    "customer.lifetime_orders": lambda subjects, _view: len(_bought(subjects.customer)),
    "customer.lifetime_spend": _lifetime_spend,
    "customer.bought": lambda subjects, _view: _item_ids(_bought(subjects.customer), "order.items"),
    "customer.sent_back": lambda subjects, _view: _item_ids(orders_of(subjects.customer), "return.items"),
    "support.open": _support_open,
}
