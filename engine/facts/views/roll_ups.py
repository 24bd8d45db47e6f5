"""Roll-ups: the function of each fact that the catalog marks as derived.

Nobody states these facts; they are worked out from what is known of an order's parcels or a
customer's orders when a rule reads them. A new one is a line of `engine.catalog.builtin_facts`
marked `derived`, and a function here.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Protocol

from engine.catalog.calendar import local_day
from engine.catalog.values import Money, as_day
from engine.facts import perks, purchases, things
from engine.facts.history import Happening
from engine.facts.reversals.refunds import REFUND_NAME, newest_refund, refunded
from engine.facts.state import ONLY, cells_in, value_in
from engine.facts.subjects import Subjects
from engine.facts.views import cases
from engine.facts.views.restatements import stated_as_other_at
from engine.facts.views.silences import silenced


class ViewedFacts(Protocol):
    """The other facts of the moment by dotted name, typed, and what has happened until then."""

    history: tuple[Happening, ...]

    @property
    def kind(self) -> str:
        """The kind of thing from which they are seen."""

    def __getitem__(self, name: str, /) -> Any:
        """The fact of this name, None for unknown."""


RollUp = Callable[[Subjects, ViewedFacts], Any]
# By the name of a fact that the catalog marks as derived: what works it out.
ROLL_UPS: dict[str, RollUp] = {}
# Those that change though nothing is heard of the order or its customer: with the time that passes,
# or by what is heard of others.
MOVING: set[str] = set()
# Those that are the same from whichever thing of one order or customer they are seen.
SHARED: set[str] = set()


def roll_up(fact: str, *, moves: bool = False, shared: bool = False) -> Callable[[RollUp], RollUp]:
    """Marks the function that works out a derived fact of the catalog; one that `moves` changes
    without news of its order or customer, one that is `shared` is the same seen from all of them.
    """

    def note(works_out: RollUp) -> RollUp:
        ROLL_UPS[fact] = works_out
        MOVING.update([fact] if moves else ())
        SHARED.update([fact] if shared else ())
        return works_out

    return note


@roll_up("customer.bought", shared=True)
def _bought_items(subjects: Subjects, _view: ViewedFacts) -> list[str]:
    return purchases.bought(subjects.customer)


@roll_up("customer.sent_back", shared=True)
def _sent_back(subjects: Subjects, _view: ViewedFacts) -> list[str]:
    return purchases.sent_back(subjects.customer)


@roll_up("order.eta", shared=True)
def _eta(subjects: Subjects, view: ViewedFacts) -> date | None:
    order = subjects.order
    etas = [
        as_day(eta, view["zone"])
        for parcel in things.ids_of(order, "shipment")
        if (eta := things.value_of(order, "shipment", parcel, "shipment.eta"))
    ]
    return max(etas) if etas else view["order.promised_on"]


def _days_late_of(subjects: Subjects, view: ViewedFacts, parcel: str) -> int | None:
    """The day it came, or today, after the promised day, else after its first expected day; never
    below 0.
    """
    promised: date | None = view["order.promised_on"]
    if promised is None and (eta := things.first_eta(subjects.order, parcel)):
        promised = as_day(eta, view["zone"])
    if promised is None:
        return None
    came = things.happened(subjects.order, "shipment", parcel, "shipment.delivered")
    day = local_day(came[0], view["zone"]) if came else view["today"]
    return max((day - promised).days, 0)


@roll_up("order.days_late", moves=True, shared=True)
def _order_days_late(subjects: Subjects, view: ViewedFacts) -> int | None:
    """Of its worst parcel; an order of which no parcel is known yet is late like one that has not
    come.
    """
    order = subjects.order
    told = things.ids_of(order, "shipment") or (ONLY,)
    parcels = [
        parcel
        for parcel in told
        if not things.happened(order, "shipment", parcel, "shipment.cancelled")
    ]
    late = [
        days for parcel in parcels if (days := _days_late_of(subjects, view, parcel)) is not None
    ]
    return max(late) if late else None


@roll_up("shipment.days_late", moves=True)
def _shipment_days_late(subjects: Subjects, view: ViewedFacts) -> int | None:
    parcel = view["shipment"]
    return _days_late_of(subjects, view, parcel) if parcel else None


@roll_up("shipment.number")
def _shipment_number(subjects: Subjects, view: ViewedFacts) -> int:
    parcel = view["shipment"]
    parcels = things.ids_of(subjects.order, "shipment")
    return parcels.index(parcel) + 1 if parcel in parcels else 1


@roll_up("order.shipments", moves=True, shared=True)
def _shipments(subjects: Subjects, view: ViewedFacts) -> list[dict[str, Any]]:
    order = subjects.order
    if order is None:
        return []
    return [
        {
            name.partition(".")[2]: value_in(cell)
            for name, cell in cells_in(things.holder_of(order, "shipment", parcel)).items()
        }
        | dict(things.times_of(order, "shipment", parcel))
        | ({} if parcel == ONLY else {"id": parcel})
        | {"number": number}
        | ({} if (days := _days_late_of(subjects, view, parcel)) is None else {"days_late": days})
        for number, parcel in enumerate(things.ids_of(order, "shipment"), 1)
    ]


@roll_up("order.returned", shared=True)
def _returned(subjects: Subjects, _view: ViewedFacts) -> bool:
    order = subjects.order
    return any(
        any(
            things.happened(order, "return", item, asked)
            for asked in ("return.requested", "return.reopened")
        )
        and not things.happened(order, "return", item, "return.declined")
        and not things.happened(order, "return", item, "return.cancelled")
        for item in things.ids_of(order, "return")
    )


@roll_up("order.refunded_total", shared=True)
def _refunded_total(subjects: Subjects, _view: ViewedFacts) -> Money | None:
    return refunded(subjects.order)


@roll_up(REFUND_NAME)
def _refund_name(subjects: Subjects, _view: ViewedFacts) -> str | None:
    return newest_refund(subjects.order)


@roll_up("order.refund_as_return_at")
def _refund_as_return_at(subjects: Subjects, view: ViewedFacts) -> datetime | None:
    about = "order", subjects.order_id or ONLY
    return stated_as_other_at(subjects.order, about, view["refund.id"], view["refund.amount"])


@roll_up("return.refund_as_order_at")
def _refund_as_order_at(subjects: Subjects, view: ViewedFacts) -> datetime | None:
    about = "return", view["return"] or ONLY
    return stated_as_other_at(subjects.order, about, view["refund.id"], view["refund.amount"])


@roll_up("customer.perks", moves=True, shared=True)
def _perks(subjects: Subjects, view: ViewedFacts) -> list[str]:
    customer = subjects.customer
    return [
        perk
        for perk in things.ids_of(customer, "perk")
        if perks.is_live(customer, perk, view["now"], view["zone"])
    ]


@roll_up("lot.points_that_day")
def _points_that_day(subjects: Subjects, view: ViewedFacts) -> int:
    """What is left in all lots of the customer that expire on the same day as this one."""
    customer, day = subjects.customer, view["lot.expires_at"]
    if day is None:
        return 0
    lots = [
        lot
        for lot in things.ids_of(customer, "lot")
        if not things.happened(customer, "lot", lot, "lot.expired")
    ]
    same = [
        lot
        for lot in lots
        if (end := things.value_of(customer, "lot", lot, "lot.expires_at"))
        and as_day(end, view["zone"]) == day
    ]
    return sum(things.value_of(customer, "lot", lot, "lot.points") or 0 for lot in same)


@roll_up("support.open", shared=True)
def _support_open(subjects: Subjects, _view: ViewedFacts) -> bool:
    return bool(cases.open_cases(subjects.customer))


@roll_up("support.open_beside_reviews")
def _open_beside_reviews(subjects: Subjects, _view: ViewedFacts) -> bool:
    customer, silences = subjects.customer, subjects.silences
    return any(
        not cases.is_of_review(customer, case, silences) for case in cases.open_cases(customer)
    )


@roll_up("customer.lifetime_spend")
def _lifetime_spend(subjects: Subjects, view: ViewedFacts) -> Money | None:
    """What was ordered and not cancelled, in the shop's currency: base_total, else totals already
    in it.
    """
    return purchases.spent(subjects.customer, view["shop.currency"])


@roll_up("carrier.last_scan_at", moves=True)
def _last_scan(subjects: Subjects, view: ViewedFacts) -> datetime | None:
    """When the parcel's carrier last scanned any parcel of the shop."""
    carrier = view["shipment.carrier"]
    return subjects.scans.get(carrier) if carrier else None


@roll_up("order.parcels", shared=True)
def _parcels(subjects: Subjects, _view: ViewedFacts) -> int:
    return len(things.ids_of(subjects.order, "shipment"))


@roll_up("customer.lifetime_orders")
def _lifetime_orders(subjects: Subjects, view: ViewedFacts) -> int | None:
    """Unknown as seen from an order that is none of them, or from anything of it: it is not the
    third one because two came before.
    """
    if view.kind != "customer" and view["order.exchange"]:
        return None
    return purchases.orders_paid(subjects.customer)


@roll_up("customer.silenced", moves=True)
def _silenced(subjects: Subjects, view: ViewedFacts) -> list[str]:
    return silenced(subjects.silences, view.history, view["now"])
