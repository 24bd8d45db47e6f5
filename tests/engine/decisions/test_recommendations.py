"""Picks: ranked by co-purchase, without what is never recommended; what is unknown
keeps the pick.
"""

from typing import Any

import pytest

from engine.decisions.recommendations import Purchases, pick, ranked, seeds_of
from engine.facts.subjects import Subjects
from engine.facts.views.view import About, View
from engine.language.reader import read_ruleset
from tests.engine.builders import NOON, a_buyer, an_event, placed
from tests.engine.language.folders import a_folder

NEVER = "{had: customer.bought contains item.id, poor: item.stars < 3.5, dear: item.price > 50 EUR}"
RULES = read_ruleset(a_folder(policies=f"version: 1\nrecommend: {{never: {NEVER}}}\n"))
OTHERS = [
    frozenset({"A", "B"}),
    frozenset({"A", "B", "C"}),
    frozenset({"A", "D"}),
    frozenset({"X", "Y"}),
]


def a_customer(bought: tuple[str, ...] = ("A",), sent_back: tuple[str, ...] = ()) -> View:
    events = [placed(order="O1", items=[{"id": item} for item in bought])]
    if sent_back:
        data = {"return.items": list(sent_back)}
        events.append(an_event("return.requested", order="O1", things={"return": "R1"}, data=data))
    subjects = Subjects(None, a_buyer(*events), None, "C1", "main")
    return View(RULES, subjects, About("customer", "C1"), NOON)


def picked(
    *, most: int = 9, customer: Any = None, **products: dict[str, Any]
) -> tuple[list[str], dict[str, Any]]:
    policy = RULES.policies.recommend
    assert policy is not None
    bought = Purchases(OTHERS, products)
    picks = pick(bought, ["A"], policy.never, most, lambda: a_customer(**(customer or {})))
    return [one["id"] for one in picks.items], dict(picks.left_out)


def test_what_most_others_bought_with_it_comes_first() -> None:
    assert ranked(OTHERS, ["A"]) == ["B", "C", "D"]


def test_what_was_bought_without_any_of_the_seeds_is_no_candidate() -> None:
    assert ranked(OTHERS, ["Z"]) == []


def test_one_seed_may_go_with_another() -> None:
    assert ranked(OTHERS, ["A", "B"]) == ["A", "B", "C", "D"]


def test_no_more_than_wanted_are_picked() -> None:
    assert picked(most=2) == (["B", "C"], {})


def test_what_the_policy_names_is_left_out_with_its_reasons() -> None:
    ids, left_out = picked(B={"stars": 2.5, "price": "90 EUR"}, C={"stars": 4.5, "price": "9 EUR"})

    assert ids == ["C", "D"]
    assert left_out == {"B": ("poor", "dear")}


def test_what_is_left_out_makes_room_for_the_next() -> None:
    assert picked(most=1, B={"stars": 1}) == (["C"], {"B": ("poor",)})


def test_what_the_customer_has_is_left_out_and_what_they_sent_back_even_more() -> None:
    ids, left_out = picked(customer={"bought": ("A", "B", "C"), "sent_back": ("C",)})

    assert (ids, left_out) == (["D"], {"B": ("had",), "C": ("sent_back", "had")})


def test_what_is_out_of_stock_is_left_out_and_what_may_be_in_stock_is_not() -> None:
    assert picked(B={"in_stock": False}, C={"in_stock": True}) == (
        ["C", "D"],
        {"B": ("out_of_stock",)},
    )


@pytest.mark.parametrize(
    "product", [{}, {"stars": None}, {"stars": 3.5}, {"price": "90 USD"}, {"price": "a lot"}]
)
def test_what_is_unknown_keeps_the_pick(product: dict[str, Any]) -> None:
    assert picked(most=1, B=product) == (["B"], {})


def test_picks_go_with_the_order_that_is_named_else_with_everything() -> None:
    view = a_customer(("A", "B"))

    assert seeds_of(view, None) == ["A", "B"]
    assert seeds_of(view, "O1") == ["A", "B"]
    assert seeds_of(view, "another") == []
