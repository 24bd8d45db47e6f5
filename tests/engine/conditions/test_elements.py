from typing import Any

import pytest

from engine.catalog.values import Duration, Money
from tests.engine.conditions.conditions_cases import HATS, SHOES, condition, facts, holds


class History(dict[str, Any]):
    """Facts that also know what happened, as (event, days back, of which order)."""

    def count(self, event: str, within: Duration | None, *, by_customer: bool) -> int:
        told = [
            ("return.requested", 10, "here"),
            ("return.requested", 50, "there"),
            ("order.placed", 200, "here"),
        ]
        back = within.nominal.days if within else 10_000
        return sum(
            name == event and ago <= back and (by_customer or order == "here")
            for name, ago, order in told
        )


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("number of return.requested within 90 days = 1", True),
        ("number of return.requested by the customer within 90 days = 2", True),
        ("number of return.requested by the customer within 2 weeks > 1", False),
        ("order.placed happened", True),
        ("order.placed happened within 90 days", False),
        ("return.approved happened by the customer", False),
        ("not return.approved happened by the customer within 1 month", True),
        ("number of return.requested within 90 days + 1 = 2", True),
    ],
)
def test_conditions_ask_for_what_happened(sentence: str, expected: bool) -> None:
    assert condition(sentence).holds(History(facts())) is expected


def test_facts_without_a_history_leave_it_unknown() -> None:
    assert holds("order.placed happened") is None
    assert holds("number of order.placed within 1 day = 0") is None
    assert holds("not order.placed happened by the customer") is None


def test_a_condition_says_whose_history_it_asks_for() -> None:
    found = condition(
        "order.placed happened or number of return.requested within 2h > 1 and review.stars = 1"
    )
    assert found.counts == {"order.placed", "return.requested"}
    assert found.reads == {"review.stars"}
    assert condition("review.stars = 1").counts == frozenset()


def test_elements_are_counted() -> None:
    said = "number of order.items where (item.category = shoes and item.quantity = 1)"
    assert holds(f"{said} = 2", order__items=[SHOES, HATS, SHOES]) is True
    assert holds(f"{said} >= 1", order__items=[HATS]) is False
    assert holds(f"{said} = 0", order__items=[]) is True
    assert holds(f"{said} >= 1", order__items=[SHOES, {"id": "C"}]) is None
    assert holds(f"{said} >= 1") is None


def test_history_is_asked_within_an_element_too() -> None:
    said = "any order.items where (item.category = shoes and return.requested happened)"
    assert condition(said).holds(History(facts(order__items=[SHOES]))) is True
    assert condition(said).holds(facts(order__items=[SHOES])) is None


def test_quantifiers_ask_every_element() -> None:
    assert holds("any order.items where item.category = shoes", order__items=[SHOES, HATS]) is True
    assert (
        holds("every order.items where item.category = shoes", order__items=[SHOES, HATS]) is False
    )
    assert holds("no order.items where item.category = socks", order__items=[SHOES, HATS]) is True
    assert holds("any order.items where item.price > 40 EUR", order__items=[HATS]) is False
    assert holds(
        "any order.items where item.price > order.total",
        order__items=[SHOES],
        order__total=Money(1, "EUR"),
    )


def test_quantifiers_are_unknown_where_elements_leave_it_open() -> None:
    nameless = {"id": "C"}
    assert holds("any order.items where item.category = shoes", order__items=[nameless]) is None
    assert (
        holds("any order.items where item.category = shoes", order__items=[nameless, SHOES]) is True
    )
    assert (
        holds("no order.items where item.category = shoes", order__items=[nameless, HATS]) is None
    )
    assert holds("any order.items where item.category = shoes", order__items=["no mapping"]) is None
    assert holds("any order.items where item.category = shoes") is None


def test_every_item_of_an_empty_order_is_not_true() -> None:
    assert holds("every order.items where item.in_stock", order__items=[]) is False
    assert holds("no order.items where item.in_stock", order__items=[]) is True


def test_elements_have_their_defaults_and_parcels_their_own_facts() -> None:
    assert holds("every order.items where item.quantity = 1", order__items=[SHOES]) is True
    parcel = {"id": "P", "eta": "2026-03-09"}
    assert (
        holds("any order.shipments where item.eta > today + 3 days", order__shipments=[parcel])
        is True
    )


def test_an_element_value_of_the_wrong_type_is_unknown() -> None:
    assert (
        holds("any order.items where item.quantity > 0", order__items=[{"quantity": "many"}])
        is None
    )
