# truth values are what is tested
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalog import EventType, Fact, builtin
from engine.conditions import AnswerShape, Scope, Written, compile_condition
from engine.language.problems import Problems
from engine.language.sentences import Part, parse_condition
from engine.rule import Condition, Position
from engine.values import Duration, FactType, Money

HERE = Position("a.yaml", 1, 1)
NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
OWN = [Fact(f"x.{name}", FactType("boolean")) for name in "abc"] + [
    Fact("x.when", FactType("datetime")),
    Fact("x.length", FactType("duration")),
    Fact("x.number", FactType("number")),
]
CATALOG = builtin().extended([EventType("x.happened", "customer")], OWN)
ANSWERS = {
    "return_window": AnswerShape(FactType("duration"), "order", dated=True),
    "item_fee": AnswerShape(FactType("money"), "item"),
}


def facts(**known: Any) -> Mapping[str, Any]:
    """Facts with two underscores for the dot; all others are unknown."""
    about_time = {"now": NOON, "today": date(2026, 3, 5), "zone": "Europe/Paris"}
    named = {name.replace("__", "."): value for name, value in known.items()}
    return defaultdict(lambda: None, about_time | named)


def compiled(logic: Any, about: str | None = None) -> tuple[Condition | None, list[str]]:
    problems = Problems()
    condition = compile_condition(Written(logic, HERE), Scope(CATALOG, about, ANSWERS), problems)
    return condition, [f"{problem.message} [{problem.code}]" for problem in problems]


def condition(said: Any, about: str | None = None) -> Condition:
    logic = said
    if isinstance(said, str):
        part = parse_condition(said)
        assert isinstance(part, Part), part
        logic = part.logic
    found, problems = compiled(logic, about)
    assert found is not None, problems
    return found


def holds(said: Any, **known: Any) -> bool | None:
    return condition(said).holds(facts(**known))


def mistakes(said: str, about: str | None = None) -> list[str]:
    part = parse_condition(said)
    assert isinstance(part, Part)
    return compiled(part.logic, about)[1]


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
def test_and_and_or_decide_when_they_can(a: bool | None, b: bool | None, both: bool | None, one: bool | None) -> None:
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
    before_summer = datetime(2026, 3, 28, 11, tzinfo=UTC)  # noon in Paris, the day before the clocks change
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


class History(dict[str, Any]):
    """Facts that also know what happened, as (event, days back, of which order)."""

    def count(self, event: str, within: Duration | None, *, by_customer: bool) -> int:
        told = [("return.requested", 10, "here"), ("return.requested", 50, "there"), ("order.placed", 200, "here")]
        back = within.nominal.days if within else 10_000
        return sum(name == event and ago <= back and (by_customer or order == "here") for name, ago, order in told)


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
    found = condition("order.placed happened or number of return.requested within 2h > 1 and review.stars = 1")
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


@pytest.mark.parametrize(
    ("logic", "expected"),
    [
        ({"happened": "order.plced"}, "unknown event order.plced, did you mean order.placed? [J07]"),
        ({"happened": "order.total"}, "order.total is a fact, not an event [J07]"),
        ({"happened": [{"var": "x.a"}]}, "happened asks for an event by its name [J09]"),
        ({"happened": ["order.placed", "nobody"]}, '{"duration": [90, "day"]}, "customer"]} [J09]'),
        ({"happened": ["order.placed", {"duration": [2, "business day"]}]}, "are counted in `when` only [J09]"),
        ({">": [{"count": ["order.placed", "customer"]}, 1]}, "takes `within`, such as within 90 days [J09]"),
        ({"count": ["order.placed", {"duration": [2, "day"]}]}, "within 2 days is a whole number, not a condition"),
        ({">": [{"count": [{"var": "order.items"}, {"var": "in_stok"}]}, 1]}, "did you mean in_stock? [J07]"),
        ({">": [{"count": [{"var": "order.items"}, {"var": "id"}]}, 1]}, "item.id is text, not a condition"),
        ({">": [{"count": [{"var": "order.total"}, True]}, 1]}, "order.total is money, not a list [J09]"),
        ({">": [{"count": [{"var": "order.items"}, True, True]}, 1]}, "count takes a list and one condition [J05]"),
        ({"===": [{"happened": "order.placed"}, True]}, "order.placed happened is a condition; a value is wanted"),
    ],
)
def test_a_history_with_a_mistake(logic: Any, expected: str) -> None:
    found, problems = compiled(logic)
    assert found is None
    assert expected in problems[0]


SHOES = {"id": "A", "category": "shoes", "price": {"amount": 50, "currency": "EUR"}}
HATS = {"id": "B", "category": "hats", "price": "20 EUR"}


def test_quantifiers_ask_every_element() -> None:
    assert holds("any order.items where item.category = shoes", order__items=[SHOES, HATS]) is True
    assert holds("every order.items where item.category = shoes", order__items=[SHOES, HATS]) is False
    assert holds("no order.items where item.category = socks", order__items=[SHOES, HATS]) is True
    assert holds("any order.items where item.price > 40 EUR", order__items=[HATS]) is False
    assert holds("any order.items where item.price > order.total", order__items=[SHOES], order__total=Money(1, "EUR"))


def test_quantifiers_are_unknown_where_elements_leave_it_open() -> None:
    nameless = {"id": "C"}
    assert holds("any order.items where item.category = shoes", order__items=[nameless]) is None
    assert holds("any order.items where item.category = shoes", order__items=[nameless, SHOES]) is True
    assert holds("no order.items where item.category = shoes", order__items=[nameless, HATS]) is None
    assert holds("any order.items where item.category = shoes", order__items=["no mapping"]) is None
    assert holds("any order.items where item.category = shoes") is None


def test_every_item_of_an_empty_order_is_not_true() -> None:
    assert holds("every order.items where item.in_stock", order__items=[]) is False
    assert holds("no order.items where item.in_stock", order__items=[]) is True


def test_elements_have_their_defaults_and_parcels_their_own_facts() -> None:
    assert holds("every order.items where item.quantity = 1", order__items=[SHOES]) is True
    parcel = {"id": "P", "eta": "2026-03-09"}
    assert holds("any order.shipments where item.eta > today + 3 days", order__shipments=[parcel]) is True


def test_an_element_value_of_the_wrong_type_is_unknown() -> None:
    assert holds("any order.items where item.quantity > 0", order__items=[{"quantity": "many"}]) is None


def test_answers_are_facts_with_their_day_and_whether_they_are_open() -> None:
    assert holds("answer.return_window >= 30 days", answer__return_window=Duration(Decimal(45), "day")) is True
    assert holds("answer.return_window.ends_on > today", **{"answer.return_window.ends_on": date(2026, 4, 1)}) is True
    assert holds("answer.return_window.open", **{"answer.return_window.open": False}) is False


def test_a_condition_says_what_it_reads() -> None:
    found = condition("review.stars = 5 and any order.items where item.price > order.total")
    assert found.reads == {"review.stars", "order.items", "order.total"}


def test_raw_logic_is_said_as_a_sentence() -> None:
    assert condition({"==": [{"var": ["review.stars"]}, 5]}).text == "review.stars = 5"
    assert condition({"==": [{"var": ["review.stars"]}, 5]}).logic == {"===": [{"var": "review.stars"}, 5]}


def test_each_part_is_explained_even_behind_a_false_one() -> None:
    stars, total = condition("review.stars = 5 and order.total >= 80 EUR").explain(facts(review__stars=4))
    assert (stars.text, stars.holds, stars.read) == ("review.stars = 5", False, (("review.stars", 4),))
    assert (total.text, total.holds, total.read) == ("order.total >= 80 EUR", None, (("order.total", None),))


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
        ({"===": [{"var": "review.stars"}, None]}, "nothing is not a value; write `is known` or `is unknown` [J09]"),
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
        ("review.received = 5", "review.received is an event, not a fact; its time is review.received_at [J07]"),
        ("any order.items where item.titel = red", "unknown fact of an element: titel, did you mean title? [J07]"),
        ("review.stars = gold", "review.stars is a whole number, gold is text [J09]"),
        ("review.stars = 2 EUR", "review.stars is a whole number, 2 EUR is money [J09]"),
        ("order.total >= 80", "order.total is money, 80 is a whole number [J09]"),
        ("order.eta > 2 hours", "order.eta is a date, 2 hours is a duration [J09]"),
        ("customer.tier = golden", "unknown value of customer.tier: golden, did you mean gold? [J09]"),
        ("customer.tier in [gold, golden]", "unknown value of customer.tier: golden, did you mean gold? [J09]"),
        ("customer.tier >= gold", "text has no order: customer.tier and gold; write `in [gold, platinum]` [J09]"),
        ("order.total", "order.total is money, not a condition; compare it with something [J09]"),
        ("x.a and order.total", "order.total is money, not a condition; compare it with something [J09]"),
        ("order.total + 5 > 0 EUR", "order.total is money, 5 is a whole number: no `+` for these [J09]"),
        ("today + 2 hours > today", "hours and minutes need a date and time; a date takes whole days [J09]"),
        ("today + 2 business days > today", "business days are counted in `when` only [J09]"),
        ("review.stars contains 5", "review.stars is a whole number; `contains` asks a list or a text [J09]"),
        ("review.text contains 5", "a text contains text, 5 is a whole number [J09]"),
        ("any customer.perks where item.id = a", "customer.perks is a list of words; ask it with `contains` [J09]"),
        ("any order.total where item.id = a", "order.total is money, not a list [J09]"),
        ("answer.refund = 5", "unknown fact answer.refund, did you mean answer.return_window? [J07]"),
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
def test_a_rule_reads_its_thing_what_contains_it_and_the_only_one_below(sentence: str, about: str) -> None:
    assert mistakes(sentence, about) == []


atoms = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.floats(allow_nan=False), st.text(max_size=3), st.just([]),
    st.just({"var": "x.a"}), st.just({"var": "review.stars"}), st.just({"money": [1, "EUR"]}), st.just({"today": []}),
    st.just("order.placed"), st.just("customer"), st.just({"duration": [2, "day"]}), st.just({"var": "order.items"}),
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
        st.lists(inner, max_size=3), st.dictionaries(operators, st.lists(inner, max_size=3), min_size=1, max_size=2)
    ),
    max_leaves=12,
)
odd = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=3), st.dates(), st.just([{}]), st.just(Money(5, "EUR"))
)


@given(anything, odd, odd)
def test_any_logic_is_a_condition_or_a_problem_and_never_raises(logic: Any, a: Any, b: Any) -> None:
    found, problems = compiled(logic)
    assert (found is None) == bool(problems)
    if found is not None:
        assert found.holds(facts(x__a=a, review__stars=b)) in (True, False, None)
        assert found.explain(facts(x__a=a, review__stars=b))
