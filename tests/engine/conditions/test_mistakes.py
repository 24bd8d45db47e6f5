from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalog.values import Money
from tests.engine.conditions.conditions_cases import compiled, facts, mistakes


@pytest.mark.parametrize(
    ("logic", "expected"),
    [
        (
            {"happened": "order.plced"},
            "unknown event order.plced, did you mean order.placed? [J07]",
        ),
        ({"happened": "order.total"}, "order.total is a fact, not an event [J07]"),
        ({"happened": [{"var": "x.a"}]}, "happened asks for an event by its name [J09]"),
        ({"happened": ["order.placed", "nobody"]}, '{"duration": [90, "day"]}, "customer"]} [J09]'),
        (
            {"happened": ["order.placed", {"duration": [2, "business day"]}]},
            "are counted in `when` only [J09]",
        ),
        (
            {">": [{"count": ["order.placed", "customer"]}, 1]},
            "takes `within`, such as within 90 days [J09]",
        ),
        (
            {"count": ["order.placed", {"duration": [2, "day"]}]},
            "within 2 days is a whole number, not a condition",
        ),
        (
            {">": [{"count": [{"var": "order.items"}, {"var": "in_stok"}]}, 1]},
            "did you mean in_stock? [J07]",
        ),
        (
            {">": [{"count": [{"var": "order.items"}, {"var": "id"}]}, 1]},
            "item.id is text, not a condition",
        ),
        (
            {">": [{"count": [{"var": "order.total"}, True]}, 1]},
            "order.total is money, not a list [J09]",
        ),
        (
            {">": [{"count": [{"var": "order.items"}, True, True]}, 1]},
            "count takes a list and one condition [J05]",
        ),
        (
            {"===": [{"happened": "order.placed"}, True]},
            "order.placed happened is a condition; a value is wanted",
        ),
    ],
)
def test_a_history_with_a_mistake(logic: Any, expected: str) -> None:
    found, problems = compiled(logic)
    assert found is None
    assert expected in problems[0]


@pytest.mark.parametrize(
    ("logic", "expected"),
    [
        ({"and": [True], "or": [True]}, "one operator at a time, not 2: and, or [J05]"),
        ({}, "one operator at a time, not 0:  [J05]"),
        ({"betwen": [1, 2]}, "[J07]"),
        ({"contians": [1, 2]}, "unknown operator contians, did you mean contains? [J07]"),
        ({"missing": ["x.a"]}, "[J07]"),
        ({"===": [1]}, "=== takes 2 operands, not 1 [J05]"),
        ({"count": ["return.requested"]}, "count takes 2 or 3 operands, not 1 [J05]"),
        ({"and": []}, "and takes at least 1 operands, not 0 [J05]"),
        ({"money": [1.999, "EUR"]}, "an amount with at most 2 decimals in EUR [J09]"),
        ({"money": [-1, "EUR"]}, 'money is written {"money": [80, "EUR"]} [J09]'),
        ({"duration": [2, "days"]}, 'a duration is written {"duration": [2, "day"]} [J09]'),
        ({"date": "2026-02-30"}, "2026-02-30 is not in the calendar [J09]"),
        ({"var": 5}, "var takes the name of a fact [J09]"),
        (
            {"in": [{"var": "customer.tier"}, []]},
            "`in` takes a list in square brackets; ask a fact with `contains` [J09]",
        ),
        (
            {"===": [{"var": "review.stars"}, None]},
            "nothing is not a value; write `is known` or `is unknown` [J09]",
        ),
        (
            {"<": [{"var": "review.stars"}, -(2**63)]},
            "too large: numbers lie between -2^63 and 2^63 [J09]",
        ),
        ({"===": [{"and": [True]}, True]}, "true is a condition; a value is wanted here [J09]"),
        ({"known": [[]]}, "a list is not a value; ask it with `contains` or `any … where` [J09]"),
        ({"and": [[]]}, "[] is a list, not a condition; compare it with something [J09]"),
        (5, "5 is a whole number, not a condition; compare it with something [J09]"),
        ([], "[] is a list, not a condition; compare it with something [J09]"),
        (None, "a condition is missing here [J05]"),
    ],
)
def test_malformed_logic_is_a_problem(logic: Any, expected: str) -> None:
    found, problems = compiled(logic)
    assert found is None
    assert problems
    assert problems[0].endswith(expected)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("review.star = 5", "unknown fact review.star, did you mean review.stars? [J07]"),
        (
            "review.received = 5",
            "review.received is an event, not a fact; its time is review.received_at [J07]",
        ),
        (
            "any order.items where item.titel = red",
            "unknown fact of an element: titel, did you mean title? [J07]",
        ),
        ("review.stars = gold", "review.stars is a number, gold is text [J09]"),
        ("review.stars = 2 EUR", "review.stars is a number, 2 EUR is money [J09]"),
        ("order.total >= 80", "order.total is money, 80 is a whole number [J09]"),
        ("order.eta > 2 hours", "order.eta is a date, 2 hours is a duration [J09]"),
        (
            "customer.tier = golden",
            "unknown value of customer.tier: golden, did you mean gold? [J09]",
        ),
        (
            "customer.tier in [gold, golden]",
            "unknown value of customer.tier: golden, did you mean gold? [J09]",
        ),
        (
            "customer.tier >= gold",
            "text has no order: customer.tier and gold; write `in [gold, platinum]` [J09]",
        ),
        ("order.total", "order.total is money, not a condition; compare it with something [J09]"),
        (
            "x.a and order.total",
            "order.total is money, not a condition; compare it with something [J09]",
        ),
        (
            "order.total + 5 > 0 EUR",
            "order.total is money, 5 is a whole number: no `+` for these [J09]",
        ),
        (
            "today + 2 hours > today",
            "hours and minutes need a date and time; a date takes whole days [J09]",
        ),
        ("today + 2 business days > today", "business days are counted in `when` only [J09]"),
        (
            "review.stars contains 5",
            "review.stars is a number; `contains` asks a list or a text [J09]",
        ),
        ("review.text contains 5", "a text contains text, 5 is a whole number [J09]"),
        (
            "any customer.perks where item.id = a",
            "customer.perks is a list of words; ask it with `contains` [J09]",
        ),
        ("any order.total where item.id = a", "order.total is money, not a list [J09]"),
        (
            "review.stars < 9223372036854775808",
            "this number is too large: numbers lie between -2^63 and 2^63 [J09]",
        ),
        (
            "answer.refund = 5",
            "unknown fact answer.refund, did you mean answer.return_window? [J07]",
        ),
    ],
)
def test_names_and_types_are_checked_with_what_was_meant(sentence: str, expected: str) -> None:
    (problem,) = mistakes(sentence)
    assert problem == expected


@pytest.mark.parametrize(
    ("sentence", "about"),
    [
        ("order.express", "customer"),
        ("shipment.number = 1", "customer"),
        ("item.quantity = 1", "order"),
        ("review.stars = 1", "shipment"),
        ("subscription.status = active", "order"),
        ("answer.item_fee > 5 EUR", "order"),
        ("answer.return_window > 5 days", "customer"),
    ],
)
def test_a_fact_out_of_reach_is_told(sentence: str, about: str) -> None:
    (problem,) = mistakes(sentence, about)
    assert problem.startswith(f"a rule about {about} cannot read {sentence.split(maxsplit=1)[0]}")
    assert problem.endswith("[J08]")


@pytest.mark.parametrize(
    ("sentence", "about"),
    [
        ("order.express", "shipment"),
        ("customer.tier = gold", "shipment"),
        ("shipment.number = 1", "order"),
        ("review.stars = 1", "order"),
        ("support.open", "order"),
        ("payment.reason = a", "order"),
        ("subscription.status = active", "customer"),
        ("item.quantity = 1", "item"),
        ("order.express", "item"),
        ("answer.return_window > 5 days", "return"),
        ("any order.items where item.quantity = 1", "order"),
        ("now > order.placed_at", "order"),
    ],
)
def test_a_rule_reads_its_thing_what_contains_it_and_the_only_one_below(
    sentence: str, about: str
) -> None:
    assert mistakes(sentence, about) == []


atoms = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.floats(allow_nan=False), st.text(max_size=3),
    st.just([]),
    st.just({"var": "x.a"}), st.just({"var": "review.stars"}), st.just({"money": [1, "EUR"]}),
    st.just({"today": []}),
    st.just("order.placed"), st.just("customer"), st.just({"duration": [2, "day"]}),
    st.just({"var": "order.items"}),
)  # fmt: skip
operators = st.sampled_from(
    [
        "and",
        "or",
        "!",
        "===",
        "!==",
        "<",
        "<=",
        "in",
        "contains",
        "known",
        "some",
        "var",
        "+",
        "-",
        "*",
        "money",
        "date",
        "count",
        "happened",
        "zzz",
    ]
)
anything = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(operators, st.lists(inner, max_size=3), min_size=1, max_size=2),
    ),
    max_leaves=12,
)
odd = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=3),
    st.dates(),
    st.just([{}]),
    st.just(Money(5, "EUR")),
)


@given(anything, odd, odd)
def test_any_logic_is_a_condition_or_a_problem_and_never_raises(logic: Any, a: Any, b: Any) -> None:
    found, problems = compiled(logic)
    assert (found is None) == bool(problems)
    if found is not None:
        assert found.holds(facts(x__a=a, review__stars=b)) in (True, False, None)
        assert found.explain(facts(x__a=a, review__stars=b))


def test_the_largest_number_of_a_fact_may_be_compared() -> None:
    assert mistakes("review.stars < 9223372036854775807") == []
