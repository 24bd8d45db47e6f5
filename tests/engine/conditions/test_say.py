from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalog.values import Duration
from engine.conditions.say import KEYWORDS, say
from engine.language.sentences.parser import EventPhrase, SentencePart, parse_condition, parse_when
from engine.rules.rule import After, Every, Listened, Near, OnEvent, Silence, Trigger
from engine.rules.say_when import say_when


def numeric(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return values.filter(lambda value: not isinstance(value, str))


names = st.sampled_from(
    ["order.total", "review.stars", "customer.tier", "order.eta", "order.express"]
)
words = st.one_of(
    st.sampled_from([*KEYWORDS, "gold", "EUR", "days", "m", "item", "5", "a.b", "", "AND"]),
    st.text(st.characters(exclude_characters="\"'", exclude_categories=["Cs"]), max_size=12),
    st.just('say "hi"'),
    st.just("it's"),
)
amounts = st.one_of(
    st.integers(0, 10**6),
    st.integers(0, 10**6).map(lambda n: n / 100).filter(lambda f: f != int(f)),
)
literals: st.SearchStrategy[Any] = st.one_of(
    words,
    amounts,
    st.integers(-99, -1),
    st.booleans(),
    amounts.map(lambda amount: {"money": [amount, "EUR"]}),
    st.builds(
        lambda n, u: {"duration": [n, u]},
        amounts,
        st.sampled_from(["minute", "hour", "day", "business day", "week", "month"]),
    ),
    st.dates().map(lambda day: {"date": day.isoformat()}),
    st.just({"date": "2026-03-05 10:00"}),
    st.sampled_from([{"now": []}, {"today": []}]),
)
variables = names.map(lambda name: {"var": name})
values = st.recursive(
    st.one_of(variables, literals),
    lambda inner: st.builds(
        lambda op, a, b: {op: [a, b]}, st.sampled_from("+-*"), numeric(inner), numeric(inner)
    ),
    max_leaves=4,
)


subjects = numeric(values)
lengths = st.builds(
    lambda n, u: {"duration": [n, u]}, st.integers(1, 99), st.sampled_from(["hour", "day", "month"])
)
whose = st.sampled_from([[], ["customer"]])
counted = st.builds(lambda length, by: {"count": ["return.requested", length, *by]}, lengths, whose)
happened = st.builds(
    lambda length, by: {"happened": ["order.placed", *length, *by]},
    st.lists(lengths, max_size=1),
    whose,
)
comparisons = st.one_of(
    happened,
    st.builds(
        lambda op, count, n: {op: [count, n]},
        st.sampled_from(["===", ">="]),
        counted,
        st.integers(0, 9),
    ),
    variables,
    st.builds(
        lambda op, a, b: {op: [a, b]},
        st.sampled_from(["===", "!==", "<", "<=", ">", ">=", "contains"]),
        subjects,
        values,
    ),
    st.builds(lambda low, value, high: {"<=": [low, value, high]}, subjects, subjects, subjects),
    st.builds(lambda value: {"known": value}, subjects),
    st.builds(
        lambda value, items: {"in": [value, items]},
        subjects,
        st.lists(literals, min_size=1, max_size=3),
    ),
)
of_element = st.sampled_from(
    [
        {"===": [{"var": "category"}, "shoes"]},
        {"var": "in_stock"},
        {">": [{"var": "price"}, {"var": "order.total"}]},
    ]
)


def connected(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.lists(inner, min_size=2, max_size=4).map(lambda parts: {"and": parts}),
        st.lists(inner, min_size=2, max_size=4).map(lambda parts: {"or": parts}),
        inner.map(lambda part: {"!": part}),
        st.builds(
            lambda op, part: {op: [{"var": "order.items"}, part]},
            st.sampled_from(["some", "all", "none"]),
            of_element,
        ),
        st.builds(
            lambda part, n: {">": [{"count": [{"var": "order.items"}, part]}, n]},
            of_element,
            st.integers(0, 9),
        ),
    )


conditions = st.recursive(comparisons, connected, max_leaves=6)


@given(conditions)
def test_what_is_said_reads_the_same_again(logic: Any) -> None:
    part = parse_condition(say(logic))
    assert isinstance(part, SentencePart), (say(logic), part)
    assert part.logic == logic


@pytest.mark.parametrize(
    ("logic", "sentence"),
    [
        (
            {"and": [{"or": [{"var": "x.a"}, {"var": "x.b"}]}, {"var": "x.c"}]},
            "(x.a or x.b) and x.c",
        ),
        ({"!": {"in": [{"var": "x.a"}, ["no", "gold"]]}}, 'x.a not in ["no", gold]'),
        ({"!": {"known": {"var": "x.a"}}}, "x.a is unknown"),
        (
            {">=": [{"-": [{"now": []}, {"var": "x.at"}]}, {"duration": [12, "hour"]}]},
            "now - x.at >= 12 hours",
        ),
        ({"<=": [1, {"var": "x.a"}, 5]}, "x.a between 1 and 5"),
        (
            {"none": [{"var": "order.items"}, {"var": "in_stock"}]},
            "no order.items where item.in_stock",
        ),
        (
            {"happened": ["x.y", {"duration": [1, "day"]}, "customer"]},
            "x.y happened by the customer within 1 day",
        ),
        ({"count": ["x.y", {"duration": [2, "week"]}]}, "number of x.y within 2 weeks"),
        (
            {"count": [{"var": "x.list"}, {"var": "in_stock"}]},
            "number of x.list where (item.in_stock)",
        ),
        ({"===": [{"var": "x.a"}, 'an "a"']}, "x.a = 'an \"a\"'"),
    ],
)
def test_jsonlogic_is_said_in_english(logic: Any, sentence: str) -> None:
    assert say(logic) == sentence


def test_what_only_raw_jsonlogic_can_say_is_still_said() -> None:
    assert say({"<": [{"var": ["x.a", 0]}, 5]}) == "x.a (else 0) < 5"
    assert say({"<": [1, {"var": "x.a"}, 5]}) == "1 < x.a and x.a < 5"


events = st.sampled_from(["order.placed", "shipment.scanned"])
units = st.sampled_from(["minute", "hour", "day", "business day", "week", "month"])
spans = st.builds(Duration, st.integers(0, 9999).map(Decimal), units)
delays = st.one_of(spans, st.just("answer.review_wait"))
clocks = st.times().map(lambda at: at.replace(second=0, microsecond=0, tzinfo=None))
at = st.none() | clocks
listened = st.builds(Listened, events, st.booleans())
offsets = st.one_of(
    delays.map(lambda one: (one,)),
    st.builds(
        lambda unit, n: tuple(Duration(Decimal(i), unit) for i in n),
        units,
        st.lists(st.integers(0, 99), min_size=2),
    ),
)
of_event: st.SearchStrategy[Trigger] = st.one_of(
    st.builds(OnEvent, events, st.booleans()),
    st.builds(After, delays, events, st.booleans(), at),
    st.builds(Silence, delays, listened, listened),
)
schedules = st.one_of(
    st.builds(Every, st.integers(1, 9), st.just("week"), st.none() | st.integers(0, 6), clocks),
    st.builds(Every, st.integers(1, 9), st.just("month"), st.none() | st.integers(1, 31), clocks),
    st.builds(Every, st.integers(1, 9), st.just("day"), st.none(), clocks),
)
near = st.builds(Near, offsets, st.booleans(), st.just("order.eta"), at)


@given(st.one_of(of_event, schedules, near))
def test_what_is_said_of_a_trigger_reads_the_same_again(trigger: Trigger) -> None:
    heard = parse_when(say_when(trigger))
    assert isinstance(heard, EventPhrase), (say_when(trigger), heard)
    # After one date is told as after an event: the catalog knows the difference.
    match trigger:
        case Near(offsets=(only,), before=False, fact=name, at=clock) if not say_when(
            trigger
        ).startswith("on "):
            assert heard.trigger == After(only, name, at=clock)
        case Near(before=False) if say_when(trigger).startswith("on "):
            assert heard.trigger == Near(
                (Duration(Decimal(0), "day"),), before=False, fact="order.eta", at=trigger.at
            )
        case _:
            assert heard.trigger == trigger
