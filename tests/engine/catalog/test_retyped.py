"""A value that was stated while its fact had another type."""

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalog.retyped import retyped
from engine.catalog.values import FactType, Kind, Money, WrongValue, canonical, typed

STATED = st.one_of(
    st.booleans(),
    st.integers(-5, 5),
    st.floats(-5, 5),
    st.text(max_size=5),
    st.lists(st.integers(0, 3), max_size=2),
    st.sampled_from(["80.00 EUR", "2026-03-05", "2026-03-05T10:00:00Z", "3 days", "-2 days", ""]),
)
KINDS = st.sampled_from(get_args(Kind))


@given(kind=KINDS, raw=STATED)
def test_a_value_of_its_own_type_is_read_as_ever(kind: Kind, raw: Any) -> None:
    fact = FactType(kind)
    try:
        stated = canonical(fact, raw)
    except (WrongValue, OverflowError):
        return
    assert retyped(fact, stated, "UTC") == typed(fact, stated, "UTC")


@given(kind=KINDS, other=KINDS, raw=STATED)
def test_a_value_of_another_type_breaks_nothing(kind: Kind, other: Kind, raw: Any) -> None:
    try:
        stated = canonical(FactType(other), raw)
    except (WrongValue, OverflowError):
        return
    retyped(FactType(kind), stated, "UTC")


@pytest.mark.parametrize(
    ("kind", "stated", "seen"),
    [
        ("integer", "3", None),
        ("integer", True, None),
        ("integer", 2.5, None),
        ("number", 3, 3),
        ("boolean", 1, None),
        ("text", 3, None),
        ("text", "80.00 EUR", "80.00 EUR"),
        ("money", "a lamp", None),
        ("money", "80.00 EUR", Money(8000, "EUR")),
        ("date", "soon", None),
        ("list", "lamp", None),
    ],
)
def test_a_value_is_seen_where_it_is_of_the_new_type_too(
    kind: Kind, stated: object, seen: object
) -> None:
    assert retyped(FactType(kind), stated, "UTC") == seen
