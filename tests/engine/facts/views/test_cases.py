"""Which cases are open, and which of them a review has opened."""

from datetime import timedelta
from typing import Any

import pytest

from engine.facts.state import State
from engine.facts.views.cases import is_of_review, open_cases
from tests.engine.builders import DAY, HOUR, NOON, a_buyer, a_silence, an_event


def a_case(*events: tuple[str, timedelta], name: str = "S1", **facts: Any) -> State:
    return a_buyer(
        *(
            an_event(f"support.case_{word}", NOON + after, things={"case": name}, data=facts)
            for word, after in events
        )
    )


OPENED = ("opened", timedelta())


def test_a_case_is_open_until_it_is_solved_and_again_when_it_is_reopened() -> None:
    assert open_cases(None) == []
    assert open_cases(a_case(OPENED)) == ["S1"]
    assert open_cases(a_case(OPENED, ("solved", HOUR))) == []
    assert open_cases(a_case(OPENED, ("solved", HOUR), ("reopened", DAY))) == ["S1"]


@pytest.mark.parametrize(
    ("topic", "is_so"),
    [
        ("unhappy_review", True),
        ("Bad rating", True),
        ("2 stars", True),
        ("damaged", False),
        ("starter kit", False),
    ],
)
def test_its_topic_says_whether_a_review_opened_it(topic: str, *, is_so: bool) -> None:
    customer = a_case(OPENED, **{"support.topic": topic})

    assert is_of_review(customer, "S1", []) is is_so
    assert is_of_review(customer, "S1", [a_silence("sales", starts_at=NOON - HOUR)]) is is_so


@pytest.mark.parametrize(
    ("begun", "across", "is_so"),
    [
        (NOON, True, True),
        (NOON - HOUR, True, True),
        (NOON - 2 * DAY, True, False),
        (NOON + HOUR, True, False),
        (NOON - HOUR, False, False),
    ],
)
def test_a_case_without_a_topic_is_that_of_a_silence_that_has_just_begun(
    begun: Any, *, across: bool, is_so: bool
) -> None:
    silence = a_silence("sales", starts_at=begun, across_customer=across)

    assert is_of_review(a_case(OPENED), "S1", [silence]) is is_so
    assert is_of_review(a_case(OPENED), "S1", []) is False
