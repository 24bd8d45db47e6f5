from datetime import date
from typing import Any

import pytest

from engine.catalog.values import Money, instant
from engine.facts.subjects import Subjects
from engine.facts.views.view import About, View
from tests.engine.builders import (
    DAY,
    HOUR,
    NOON,
    a_buyer,
    a_parcel_event,
    a_policy,
    a_ruleset,
    an_event,
    an_order,
    delivered,
    placed,
    shipped,
)


def of_order(name: str, *events: Any, days: int = 0, about: About | None = None) -> Any:
    subjects = Subjects(an_order(*events), None, "A1", None, "shop")
    return View(a_ruleset(), subjects, about or About("order", "A1"), NOON + days * DAY)[name]


def of_buyer(
    name: str, *events: Any, currency: str | None = None, about: About | None = None
) -> Any:
    ruleset = a_ruleset(policies=a_policy(currency=currency))
    return View(
        ruleset,
        Subjects(None, a_buyer(*events), None, "C1"),
        about or About("customer", "C1"),
        NOON,
    )[name]


def test_an_order_is_expected_with_its_latest_parcel_else_on_the_promised_day() -> None:
    promised = placed(promised_on="2026-03-04")

    assert of_order("order.eta", promised) == date(2026, 3, 4)
    assert of_order(
        "order.eta", promised, shipped(eta="2026-03-05"), shipped(parcel="P2", eta="2026-03-07")
    ) == date(2026, 3, 7)
    assert of_order("order.eta", placed()) is None


def test_a_parcel_is_late_against_the_promise_not_against_what_the_carrier_says_now() -> None:
    parcel = shipped(eta="2026-03-03"), a_parcel_event("eta_changed", NOON + HOUR, eta="2026-03-09")

    assert of_order("shipment.days_late", *parcel, days=4) == 3
    assert of_order("shipment.days_late", placed(promised_on="2026-03-05"), *parcel, days=4) == 1


def test_a_parcel_that_came_stays_as_late_as_it_was_and_never_early() -> None:
    assert (
        of_order("shipment.days_late", shipped(eta="2026-03-03"), delivered(NOON + 2 * DAY), days=9)
        == 1
    )
    assert of_order("shipment.days_late", shipped(eta="2026-03-09"), delivered(NOON), days=0) == 0
    assert of_order("shipment.days_late", shipped(), days=9) is None


def test_an_order_is_as_late_as_its_worst_parcel() -> None:
    parcels = shipped(eta="2026-03-03"), shipped(parcel="P2", eta="2026-03-05")

    assert of_order("order.days_late", *parcels, days=4) == 3


def test_a_cancelled_parcel_is_not_late() -> None:
    assert (
        of_order(
            "order.days_late",
            shipped(eta="2026-03-03"),
            a_parcel_event("cancelled", NOON + HOUR),
            days=4,
        )
        is None
    )


def test_an_order_without_a_parcel_is_late_once_its_promised_day_has_passed() -> None:
    assert of_order("order.days_late", placed(promised_on="2026-03-03"), days=3) == 2
    assert (
        of_order(
            "order.days_late", placed(promised_on="2026-03-03"), an_event("order.delivered"), days=9
        )
        == 0
    )


def test_parcels_are_counted_numbered_and_listed() -> None:
    parcels = shipped(eta="2026-03-05"), shipped(NOON + HOUR, "P2")

    assert of_order("order.parcels", *parcels) == 2
    assert of_order("shipment.number", *parcels, about=About("shipment", "P2")) == 2
    assert of_order("order.shipments", *parcels) == [
        {
            "eta": "2026-03-05",
            "id": "P1",
            "number": 1,
            "days_late": 0,
            "shipped_at": instant(NOON),
        },
        {"id": "P2", "number": 2, "shipped_at": instant(NOON + HOUR)},
    ]


def test_a_listed_parcel_has_come_when_it_truly_did() -> None:
    order = shipped(), delivered(NOON + HOUR), a_parcel_event("delivery_corrected", NOON + DAY)

    (parcel,) = of_order("order.shipments", *order)
    assert "delivered_at" not in parcel
    (parcel,) = of_order("order.shipments", *order, delivered(NOON + 2 * DAY))
    assert parcel["delivered_at"] == instant(NOON + 2 * DAY)


@pytest.mark.parametrize(
    ("events", "returned"),
    [
        ([], False),
        (["requested"], True),
        (["requested", "approved"], True),
        (["requested", "declined"], False),
        (["requested", "cancelled"], False),
        (["requested", "declined", "approved"], True),
        (["requested", "approved", "declined"], False),
        (["requested", "cancelled", "reopened"], True),
        (["requested", "cancelled", "requested"], True),
        (["requested", "cancelled", "reopened", "cancelled"], False),
        (["reopened"], True),
    ],
)
def test_an_order_counts_as_returned_while_a_return_is_asked_for(
    events: list[str], *, returned: bool
) -> None:
    told = [
        an_event(f"return.{word}", NOON + hours * HOUR, things={"return": "R1"})
        for hours, word in enumerate(events)
    ]

    assert of_order("order.returned", *told) is returned


def test_lifetime_counts_orders_that_were_placed_and_not_cancelled() -> None:
    orders = (
        placed(),
        placed(order="A2"),
        placed(order="A3"),
        an_event("order.cancelled", order="A3"),
    )

    assert of_buyer("customer.lifetime_orders", *orders, shipped()) == 2


def test_spend_adds_up_what_is_in_the_shops_currency() -> None:
    orders = (
        placed(total="80.00 EUR"),
        placed(order="A2", total="100.00 USD", base_total="90.00 EUR"),
        placed(order="A3", total="7.00 USD"),
        placed(order="A4"),
    )

    assert of_buyer("customer.lifetime_spend", *orders, currency="EUR") == Money(17000, "EUR")
    assert of_buyer("customer.lifetime_spend", placed()) is None
    assert of_buyer("customer.lifetime_spend", *orders, currency="JPY") is None


def test_what_was_bought_and_sent_back_is_known_by_product() -> None:
    bought = (
        placed(items=[{"id": "SKU1"}, {"id": "SKU2"}, {"title": "no id"}, 7]),
        placed(order="A2", items=["SKU3"]),
    )
    first = an_event(
        "return.requested", things={"return": "R1"}, data={"return.items": [{"id": "SKU1"}]}
    )
    second = an_event(
        "return.requested",
        NOON + DAY,
        things={"return": "R2"},
        data={"return.items": [{"id": "SKU2"}]},
    )

    assert of_buyer("customer.bought", *bought) == ["SKU1", "SKU2", "SKU3"]
    assert of_buyer("customer.sent_back", *bought, first, second) == ["SKU1", "SKU2"]


def test_what_was_not_sent_back_after_all_does_not_count() -> None:
    asked = an_event(
        "return.requested", things={"return": "R1"}, data={"return.items": [{"id": "SKU1"}]}
    )

    assert (
        of_buyer(
            "customer.sent_back",
            asked,
            an_event("return.cancelled", NOON + DAY, things={"return": "R1"}),
        )
        == []
    )


def an_item_return(
    name: str, item: Any, order: str = "A1", kind: str = "requested", days: int = 1
) -> Any:
    data = {"return.items": [item]} if item else {}
    return an_event(
        f"return.{kind}", NOON + days * DAY, order=order, things={"return": name}, data=data
    )


@pytest.mark.parametrize(
    ("events", "sent_back"),
    [
        ([an_item_return("R1", {"id": "SKU1", "quantity": 2})], []),
        ([an_item_return("R1", {"id": "SKU1", "quantity": 3})], ["SKU1"]),
        ([an_item_return("R1", "SKU1"), an_item_return("R2", {"id": "SKU1", "quantity": 2})],
         ["SKU1"]),
        ([an_item_return("R1", {"id": "SKU1", "quantity": 3}), placed(order="A2", items=["SKU1"])],
         []),
        ([placed(order="A2", items=["SKU1"]), an_item_return("R1", "SKU1", "A2")], []),
        ([an_item_return("R1", {"id": "SKU1", "quantity": 3}),
          an_item_return("R1", None, kind="declined", days=2)], []),
        ([an_item_return("R1", {"id": "SKU1", "quantity": 3}),
          an_item_return("R1", None, kind="declined", days=2),
          an_item_return("R1", None, kind="approved", days=3)], ["SKU1"]),
        ([an_item_return("R1", {"id": "SKU1", "quantity": 3}),
          an_item_return("R1", None, kind="cancelled", days=2),
          an_item_return("R1", None, kind="reopened", days=2)], ["SKU1"]),
    ],
)  # fmt: skip
def test_of_what_was_sent_back_no_piece_was_kept(events: list[Any], sent_back: list[str]) -> None:
    three = placed(items=[{"id": "SKU1", "quantity": 3}])

    assert of_buyer("customer.sent_back", three, *events) == sent_back
    assert of_buyer("customer.sent_back", *reversed([three, *events])) == sent_back


def test_an_exchange_is_no_further_purchase_but_what_it_brought_is_the_customers() -> None:
    orders = (
        placed(total="80.00 EUR", items=["SKU1"]),
        placed(order="X1", total="80.00 EUR", exchange=True, items=["SKU2"]),
        placed(order="X2"),
        an_event("order.changed", NOON + HOUR, order="X2", data={"order.exchange": True}),
    )

    assert of_buyer("customer.lifetime_orders", *orders) == 1
    assert of_buyer("customer.lifetime_spend", *orders, currency="EUR") == Money(8000, "EUR")
    assert of_buyer("customer.bought", *orders) == ["SKU1", "SKU2"]


@pytest.mark.parametrize("kind", ["order", "shipment", "return", "review", "item"])
def test_nothing_of_an_exchange_knows_which_order_of_the_customer_it_would_be(kind: str) -> None:
    events = placed(), placed(order="A2", exchange=True)
    exchange = an_order(placed(order="A2", exchange=True))
    subjects = Subjects(exchange, a_buyer(*events), "A2", "C1", "shop")

    seen = View(a_ruleset(), subjects, About(kind, "T1"), NOON)

    assert seen["customer.lifetime_orders"] is None


def test_seen_from_the_customer_the_orders_are_counted_whatever_came_last() -> None:
    events = placed(), placed(order="A2", exchange=True)
    exchange = an_order(placed(order="A2", exchange=True))
    subjects = Subjects(exchange, a_buyer(*events), "A2", "C1", "shop")

    seen = View(a_ruleset(), subjects, About("customer", "C1"), NOON)

    assert seen["customer.lifetime_orders"] == 1


def a_perk(**changes: Any) -> Any:
    data = {"perk.name": "early", "perk.expires_at": instant(NOON + DAY), "perk.uses_left": 1}
    return an_event("perk.granted", order=None, things={"perk": "early"}, data=data | changes)


def test_a_perk_lasts_until_its_time_or_its_uses_are_over() -> None:
    assert of_buyer("customer.perks", a_perk()) == ["early"]
    assert of_buyer("customer.perks", a_perk(**{"perk.expires_at": instant(NOON)})) == []
    assert of_buyer("customer.perks", a_perk(**{"perk.uses_left": 0})) == []


@pytest.mark.parametrize(
    ("words", "is_open"),
    [
        ([], False),
        (["opened"], True),
        (["opened", "solved"], False),
        (["opened", "solved", "reopened"], True),
    ],
)
def test_a_case_is_open_until_it_is_solved_and_again_when_reopened(
    words: list[str], *, is_open: bool
) -> None:
    told = [
        an_event(f"support.case_{word}", NOON + hour * HOUR, things={"case": "S1"})
        for hour, word in enumerate(words)
    ]

    assert of_buyer("support.open", *told) is is_open


def test_one_open_case_among_solved_ones_is_enough() -> None:
    cases = [
        an_event(f"support.case_{word}", things={"case": case})
        for word, case in (("opened", "S1"), ("opened", "S2"))
    ]
    solved = an_event("support.case_solved", NOON + HOUR, things={"case": "S1"})

    assert of_buyer("support.open", *cases, solved) is True


def a_lot(name: str, points: int, day: str) -> Any:
    return an_event(
        "lot.earned",
        order=None,
        things={"lot": name},
        data={"lot.points": points, "lot.expires_at": day},
    )


def test_points_of_all_lots_that_expire_on_the_same_day_add_up() -> None:
    lots = (
        a_lot("L1", 100, "2026-06-01"),
        a_lot("L2", 50, "2026-06-01"),
        a_lot("L3", 7, "2026-06-02"),
    )
    gone = an_event("lot.expired", NOON + DAY, order=None, things={"lot": "L2"})

    assert of_buyer("lot.points_that_day", *lots, about=About("lot", "L1")) == 150
    assert of_buyer("lot.points_that_day", *lots, gone, about=About("lot", "L1")) == 100
