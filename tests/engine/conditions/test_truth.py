from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalog.values import Duration, Money
from tests.engine.conditions.conditions_cases import condition, facts, holds


@pytest.mark.parametrize(
    ("a", "b", "both", "one"),
    [
        (True, True, True, True),
        (True, False, False, True),
        (False, False, False, False),
        (True, None, None, True),
        (False, None, False, None),
        (None, None, None, None),
    ],
)
def test_and_and_or_decide_when_they_can(
    a: bool | None, b: bool | None, both: bool | None, one: bool | None
) -> None:
    assert holds("x.a and x.b", x__a=a, x__b=b) is both
    assert holds("x.b and x.a", x__a=a, x__b=b) is both
    assert holds("x.a or x.b", x__a=a, x__b=b) is one
    assert holds("x.b or x.a", x__a=a, x__b=b) is one


@pytest.mark.parametrize(("a", "opposite"), [(True, False), (False, True), (None, None)])
def test_not_unknown_is_unknown(a: bool | None, opposite: bool | None) -> None:
    assert holds("not x.a", x__a=a) is opposite


truths = st.sampled_from([True, False, None])


@given(st.lists(truths, min_size=1, max_size=6))
def test_a_conjunction_of_any_length_is_the_least_of_its_parts(values: list[bool | None]) -> None:
    known = {f"x__{'abc'[i]}": value for i, value in enumerate(values[:3])}
    sentence = {"and": [{"var": f"x.{'abc'[i % 3]}"} for i in range(len(values))]}
    seen = [known[f"x__{'abc'[i % 3]}"] for i in range(len(values))]
    expected = False if False in seen else (None if None in seen else True)
    assert holds(sentence, **known) is expected


@pytest.mark.parametrize("sign", ["=", "!=", "<", "<=", ">", ">="])
def test_a_comparison_with_a_missing_fact_is_unknown(sign: str) -> None:
    assert holds(f"review.stars {sign} 2") is None
    assert holds(f"2 {sign} review.stars") is None
    assert holds(f"order.total {sign} 80 EUR") is None
    assert holds(f"not review.stars {sign} 2") is None


@pytest.mark.parametrize(
    ("sentence", "value", "expected"),
    [
        ("review.stars = 2", 2, True),
        ("review.stars != 2", 2, False),
        ("review.stars < 2", 2, False),
        ("review.stars <= 2", 2, True),
        ("review.stars > 2", 2, False),
        ("review.stars >= 2", 2, True),
        ("review.stars <= 2.5", 2, True),
        ("review.stars between 1 and 2", 2, True),
        ("review.stars between 3 and 4", 2, False),
        ("2 = review.stars", 2, True),
    ],
)
def test_numbers_compare(sentence: str, value: Any, expected: bool) -> None:
    assert holds(sentence, review__stars=value) is expected


@pytest.mark.parametrize("value", [True, "2", [2], Money(2, "EUR")])
def test_a_value_of_another_kind_is_unknown_not_converted(value: Any) -> None:
    assert holds("review.stars = 2", review__stars=value) is None
    assert holds("review.stars <= 2", review__stars=value) is None
    assert holds("2 >= review.stars", review__stars=value) is None


def test_one_is_not_true() -> None:
    assert holds("order.express = true", order__express=1) is None
    assert holds("order.express", order__express=1) is None
    assert holds("order.express and x.a", order__express="yes", x__a=True) is None


def test_money_compares_in_one_currency_only() -> None:
    assert holds("order.total >= 80 EUR", order__total=Money(8000, "EUR")) is True
    assert holds("order.total >= 80 EUR", order__total=Money(7999, "EUR")) is False
    assert holds("order.total >= 80 EUR", order__total=Money(900000, "USD")) is None
    assert holds("80 EUR <= order.total", order__total=Money(900000, "USD")) is None


def test_an_enum_value_nobody_knows_equals_none_of_the_known() -> None:
    assert holds("customer.tier = gold", customer__tier="diamond") is False
    assert holds("customer.tier not in [gold, platinum]", customer__tier="diamond") is True
    assert holds("customer.tier not in [gold, platinum]") is None


def test_known_is_never_unknown() -> None:
    assert holds("review.stars is known") is False
    assert holds("review.stars is unknown") is True
    assert holds("review.stars is known", review__stars=0) is True


def test_a_default_stands_in_for_unknown_only() -> None:
    logic = {"<": [{"var": ["review.stars", 3]}, 2]}
    assert holds(logic) is False
    assert holds(logic, review__stars=1) is True


def test_contains_asks_lists_for_elements_and_texts_without_case() -> None:
    assert holds("customer.perks contains free", customer__perks=["free"]) is True
    assert holds("customer.perks contains free", customer__perks=["freebie"]) is False
    assert holds("customer.perks contains free") is None
    assert holds('review.text contains "BROKEN"', review__text="It came broken") is True


def test_dates_and_moments_meet_on_the_customers_day() -> None:
    late = datetime(2026, 3, 5, 23, 30, tzinfo=UTC)  # the 6th in Paris
    assert holds("x.when = 2026-03-06", x__when=late) is True
    assert holds("x.when > 2026-03-05", x__when=late) is True
    assert holds("x.when < 2026-03-06 00:31", x__when=late) is True
    assert holds("x.when < 2026-03-06 00:30", x__when=late) is False


def test_differences_are_days_between_dates_and_elapsed_between_moments() -> None:
    assert holds("order.eta - today = 2 days", order__eta=date(2026, 3, 7)) is True
    assert holds("today - order.eta = 2 days", order__eta=date(2026, 3, 7)) is False
    assert holds("now - x.when >= 12 hours", x__when=datetime(2026, 3, 5, tzinfo=UTC)) is True
    assert holds("now - x.when >= 721 minutes", x__when=datetime(2026, 3, 5, tzinfo=UTC)) is False


def test_days_keep_the_customers_clock_and_hours_elapse() -> None:
    before_summer = datetime(
        2026, 3, 28, 11, tzinfo=UTC
    )  # noon in Paris, the day before the clocks change
    assert holds("x.when + 1 day = 2026-03-29 12:00", x__when=before_summer) is True
    assert holds("x.when + 24 hours = 2026-03-29 13:00", x__when=before_summer) is True


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("today + 1 month = 2026-04-05", True),
        ("2026-01-31 + 1 month = 2026-02-28", True),
        ("2026-03-31 - 1 month = 2026-02-28", True),
        ("today + 2 weeks = 2026-03-19", True),
        ("today + 1.5 days > today", None),
        ("today + 99999999 days > today", None),
        ("2 days > 47 hours", True),
        ("1 month = 30 days", True),
        ("x.length * 2 = 3 hours", True),
        ("x.length + 30 minutes = 2 hours", True),
        ("x.length + 1 day > 24 hours", True),
        ("x.number * 2 = 5", True),
        ("x.number - 0.5 = 2", True),
    ],
)
def test_lengths_of_time_and_numbers_add_up(sentence: str, expected: bool | None) -> None:
    assert holds(sentence, x__length=Duration(Decimal(90), "minute"), x__number=2.5) is expected


def test_money_adds_up_and_is_multiplied_to_the_cent() -> None:
    total = Money(1001, "EUR")
    assert holds("order.total + 1 EUR = 11.01 EUR", order__total=total) is True
    assert holds("order.total - 20 EUR < 0 EUR", order__total=total) is True
    assert holds("order.total * 0.5 = 5.01 EUR", order__total=total) is True
    assert holds("0.5 * order.total = 5.01 EUR", order__total=total) is True
    assert holds("order.total + 1 USD > 0 EUR", order__total=total) is None


def test_answers_are_facts_with_their_day_and_whether_they_are_open() -> None:
    assert (
        holds("answer.return_window >= 30 days", answer__return_window=Duration(Decimal(45), "day"))
        is True
    )
    assert (
        holds(
            "answer.return_window.ends_on > today",
            **{"answer.return_window.ends_on": date(2026, 4, 1)},
        )
        is True
    )
    assert holds("answer.return_window.open", **{"answer.return_window.open": False}) is False


def test_a_condition_says_what_it_reads() -> None:
    found = condition("review.stars = 5 and any order.items where item.price > order.total")
    assert found.reads == {"review.stars", "order.items", "order.total"}


def test_raw_logic_is_said_as_a_sentence() -> None:
    assert condition({"==": [{"var": ["review.stars"]}, 5]}).text == "review.stars = 5"
    assert condition({"==": [{"var": ["review.stars"]}, 5]}).logic == {
        "===": [{"var": "review.stars"}, 5]
    }


def test_each_part_is_explained_even_behind_a_false_one() -> None:
    stars, total = condition("review.stars = 5 and order.total >= 80 EUR").explain(
        facts(review__stars=4)
    )
    assert (stars.text, stars.holds, stars.read) == (
        "review.stars = 5",
        False,
        (("review.stars", 4),),
    )
    assert (total.text, total.holds, total.read) == (
        "order.total >= 80 EUR",
        None,
        (("order.total", None),),
    )
