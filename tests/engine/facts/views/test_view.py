from datetime import date
from typing import Any

import pytest

from engine.catalog.catalog import Fact
from engine.catalog.values import FactType, Kind, Money, instant
from engine.facts.subjects import Subjects
from engine.facts.views.view import About, View, is_kept
from engine.rules.ruleset import Ruleset
from tests.engine.builders import (
    CATALOG,
    DAY,
    HOUR,
    NOON,
    a_buyer,
    a_condition,
    a_happening,
    a_line,
    a_parcel_event,
    a_policy,
    a_ruleset,
    an_answer,
    an_event,
    an_order,
    placed,
    shipped,
    told,
)

CHAIN = ("customer.time_zone", "order.country", "customer.phone")


def a_view(
    *events: Any, about: About | None = None, ruleset: Ruleset | None = None, **changes: Any
) -> View:
    buyer = a_buyer(*events, *changes.pop("buyer", ()))
    subjects = Subjects(an_order(*events), buyer, "A1", "C1", "shop")
    return View(
        ruleset or a_ruleset(),
        changes.pop("subjects", subjects),
        about or About("order", "A1"),
        NOON,
    )


def in_zones(*events: Any, order: Any = (), chain: tuple[str, ...] = CHAIN) -> tuple[str, ...]:
    ruleset = a_ruleset(policies=a_policy(zone_from=chain, zone_otherwise="Asia/Jakarta"))
    return a_view(*order, ruleset=ruleset, buyer=events).zones


def test_facts_are_read_typed_and_by_default() -> None:
    view = a_view(placed(total="80.00 EUR", promised_on="2026-03-05"))

    assert (view["order.total"], view["order.promised_on"]) == (
        Money(8000, "EUR"),
        date(2026, 3, 5),
    )
    assert (view["order.express"], view["order.country"], view["customer.tier"]) == (
        False,
        None,
        "none",
    )


def test_a_name_nobody_knows_is_unknown() -> None:
    assert [a_view()[name] for name in ("order.colour", "answer.gone", "gone", "segment.gone")] == [
        None
    ] * 4


def test_a_rule_about_a_parcel_reads_that_parcel_and_what_contains_it() -> None:
    parcels = shipped(eta="2026-03-05"), shipped(parcel="P2", eta="2026-03-07")
    view = a_view(placed(total="80.00 EUR"), *parcels, about=About("shipment", "P2"))

    assert (view["shipment.id"], view["shipment.eta"], view["order.id"]) == (
        "P2",
        date(2026, 3, 7),
        "A1",
    )
    assert view["customer.id"] == "C1"


def test_downwards_the_only_one_is_read_and_one_of_several_is_unknown() -> None:
    assert a_view(shipped(eta="2026-03-05"))["shipment.eta"] == date(2026, 3, 5)
    assert a_view(shipped(eta="2026-03-05"), shipped(parcel="P2"))["shipment.eta"] is None


def test_a_parcel_without_a_name_has_no_id_but_its_facts() -> None:
    view = a_view(shipped(parcel=None, carrier="acme"), about=About("shipment", "only"))

    assert (view["shipment.id"], view["shipment"], view["shipment.carrier"]) == (
        None,
        "only",
        "acme",
    )


def test_an_event_sets_the_time_of_its_first_and_news_that_of_its_last() -> None:
    scans = (
        a_parcel_event("scanned", NOON),
        a_parcel_event("scanned", NOON + HOUR),
        shipped(NOON),
        shipped(NOON + HOUR),
    )
    view = a_view(*scans, about=About("shipment", "P1"))

    assert (view["shipment.scanned_at"], view["shipment.shipped_at"]) == (NOON + HOUR, NOON)
    assert view["order.shipped_at"] == NOON
    assert view["order.delivered_at"] is None


@pytest.mark.parametrize(
    "name",
    [
        "payment.reason",
        "site.seconds",
        "message.template",
        "loyalty.direction",
        "shipment.eta_shift",
    ],
)
def test_what_an_event_tells_of_itself_is_kept_for_its_rule(name: str) -> None:
    assert is_kept(name)


def test_a_kept_fact_is_read_from_the_triggering_event_and_never_from_another() -> None:
    failed = an_event("payment.failed", order=None, data={"payment.reason": "expired"})
    about = About("customer", "C1", {"payment.reason": "blocked"})

    assert a_view(buyer=[failed], about=about)["payment.reason"] == "blocked"
    assert a_view(buyer=[failed], about=About("customer", "C1"))["payment.reason"] is None


def test_an_answer_is_read_as_a_fact() -> None:
    table = an_answer("fee", a_line(5, a_condition("customer.tier", "gold")), a_line(10))

    assert a_view(ruleset=a_ruleset(answers={"fee": table}))["answer.fee"] == 10
    assert (
        a_view(ruleset=a_ruleset(answers={"fee": table}), buyer=[told(tier="gold")])["answer.fee"]
        == 5
    )


def test_an_answer_that_asks_itself_is_unknown_to_itself() -> None:
    table = an_answer("fee", a_line(5, a_condition("answer.fee", 5)), a_line(10))

    assert a_view(ruleset=a_ruleset(answers={"fee": table}))["answer.fee"] == 10


@pytest.mark.parametrize(
    ("profile", "order", "zones"),
    [
        ({"time_zone": "Europe/Paris", "phone": "+12125550100"}, {}, ("Europe/Paris",)),
        ({"time_zone": "Mars/Base", "phone": "+12125550100"}, {}, ("America/New_York",)),
        ({"phone": "+12125550100"}, {"country": "FR"}, ("Europe/Paris",)),
        ({"phone": "+18005550199"}, {"country": "XX"}, ("Asia/Jakarta",)),
        ({}, {}, ("Asia/Jakarta",)),
    ],
)
def test_the_first_source_that_tells_a_zone_decides(
    profile: Any, order: Any, zones: tuple[str, ...]
) -> None:
    assert in_zones(told(**profile), order=[placed(**order)]) == zones


def test_without_an_order_the_country_of_the_newest_one_counts() -> None:
    orders = placed(NOON, "A1", country="FR"), placed(NOON + DAY, "A2", country="JP")
    ruleset = a_ruleset(policies=a_policy(zone_from=CHAIN))
    view = View(
        ruleset, Subjects(None, a_buyer(*orders), None, "C1", "shop"), About("customer", "C1"), NOON
    )

    assert view.zones == ("Asia/Tokyo",)


def test_of_two_orders_of_one_moment_the_same_one_counts_however_they_arrived() -> None:
    orders = placed(NOON, "A1", country="FR"), placed(NOON, "A2", country="JP")

    assert in_zones(*orders) == in_zones(*reversed(orders))


def test_a_phone_of_a_large_country_may_ring_in_any_of_its_zones() -> None:
    zones = in_zones(told(phone="+61412345678"))

    assert zones[0] == "Australia/Sydney"
    assert "Australia/Perth" in zones


def test_today_is_the_customers_day() -> None:
    ruleset = a_ruleset(policies=a_policy(zone_otherwise="Pacific/Kiritimati"))

    assert a_view(ruleset=ruleset)["today"] == date(2026, 3, 3)
    assert a_view(ruleset=ruleset)["now"] == NOON


def test_a_local_time_is_read_in_the_customers_zone() -> None:
    ruleset = a_ruleset(policies=a_policy(zone_otherwise="Asia/Kolkata"))
    renews = an_event(
        "subscription.started",
        order=None,
        things={"subscription": "S1"},
        data={"subscription.renews_at": "2026-03-05"},
    )
    view = a_view(ruleset=ruleset, buyer=[renews], about=About("subscription", "S1"))

    assert instant(view["subscription.renews_at"]) == "2026-03-04T18:30:00.000000Z"


def test_everything_in_the_catalog_can_be_read_of_nothing() -> None:
    ruleset = a_ruleset()
    view = View(ruleset, Subjects(None, None), About("order", "A1"), NOON)

    unknown = [name for name in ruleset.catalog.facts if view[name] is None]
    assert {"order.total", "customer.id"} <= set(unknown)


def of_item(item: str, *listed: Any) -> View:
    return a_view(placed(items=list(listed)), about=About("item", item))


def test_an_item_is_read_from_the_list_of_its_order() -> None:
    view = of_item(
        "SHOE", {"id": "CUP", "price": "5 EUR"}, {"id": "SHOE", "price": "80 EUR", "quantity": 2}
    )

    assert (view["item.price"], view["item.quantity"], view["item.in_stock"]) == (
        Money(8000, "EUR"),
        2,
        True,
    )
    assert (view["item.category"], view["order.id"], view.is_of_something) == (None, "A1", True)


def test_an_item_may_be_its_bare_id() -> None:
    assert [of_item("CUP", "CUP")[f"item.{name}"] for name in ("id", "quantity", "title")] == [
        "CUP",
        1,
        None,
    ]


@pytest.mark.parametrize("listed", [[], ["CUP"], [{"title": "Shoe"}], [{"id": 7}]])
def test_nothing_is_known_of_an_item_that_its_order_does_not_list(listed: list[Any]) -> None:
    view = of_item("SHOE", *listed)

    assert (view["item.id"], view["item.quantity"], view.is_of_something) == (None, None, False)


def test_what_is_not_of_its_type_is_unknown_of_an_item_too() -> None:
    assert of_item("A", {"id": "A", "price": "dear", "stars": True})["item.price"] is None


def test_a_view_of_a_thing_nobody_has_named_is_of_nothing() -> None:
    requested = an_event("return.requested", things={"return": "R1"})

    assert a_view(requested, about=About("return", "R1")).is_of_something
    assert not a_view(requested, about=About("return", "R2")).is_of_something
    assert not a_view(requested, about=About("subscription", "S1")).is_of_something


def test_an_answer_about_the_order_is_the_same_for_each_of_its_returns() -> None:
    reason = an_answer(
        "why",
        a_line("late", a_condition("return.reason", "late")),
        a_line("other"),
        type=FactType("text"),
    )
    both = [
        an_event("return.requested", things={"return": one}, data={"return.reason": "late"})
        for one in ("R1", "R2")
    ]
    ruleset = a_ruleset(answers={"why": reason})

    alone, second = (
        a_view(*events, about=About("return", "R1"), ruleset=ruleset) for events in (both[:1], both)
    )
    assert (alone["answer.why"], second["answer.why"], second["return.reason"]) == (
        "late",
        "other",
        "late",
    )


def test_an_answer_about_a_return_is_asked_of_that_return_and_unknown_to_its_order() -> None:
    fee = an_answer(
        "fee", a_line(0, a_condition("return.reason", "late")), a_line(5), about="return"
    )
    late = an_event("return.requested", things={"return": "R1"}, data={"return.reason": "late"})
    ruleset = a_ruleset(answers={"fee": fee})

    kinds = [About("return", "R1"), About("order", "A1"), About("customer", "C1")]
    assert [a_view(late, about=one, ruleset=ruleset)["answer.fee"] for one in kinds] == [
        0,
        None,
        None,
    ]


def test_an_item_looks_back_on_what_happened_to_its_order() -> None:
    past = (a_happening("return.requested"), a_happening("return.requested", order="A2"))
    view = View(a_ruleset(), Subjects(None, None, "A1", "C1"), About("item", "SHOE"), NOON, past)

    assert (
        view.count("return.requested", None, by_customer=False),
        view.count("return.requested", None, by_customer=True),
    ) == (1, 2)


def test_a_value_that_was_stated_while_its_fact_had_another_type_is_unknown() -> None:
    def seen(kind: Kind, stated: object, default: object = None) -> object:
        own = CATALOG.extended([], [Fact("order.gift", FactType(kind), default)])
        event = an_event("order.placed", data={"order.gift": stated})
        subjects = Subjects(an_order(event, catalog=own), None, "A1", "C1", "shop")
        return a_view(ruleset=a_ruleset(catalog=own), subjects=subjects)["order.gift"]

    assert (seen("text", "3"), seen("integer", "3"), seen("integer", "3", 1)) == ("3", None, 1)
    assert (seen("money", "wrapped"), seen("number", 3), seen("boolean", 1)) == (None, 3, None)
