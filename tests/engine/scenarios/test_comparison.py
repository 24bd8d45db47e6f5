from datetime import UTC, datetime

import pytest

from engine.scenarios.comparison import is_equal
from tests.engine.scenarios.shop import outcome_of

STORY = """
    - {at: 0h, event: order.delivered}
    - {at: 1 day, because: {cheer: REASON}}
"""


@pytest.mark.parametrize(
    ("written", "got"),
    [
        ("80 EUR", "80.00 EUR"),
        ("48h", "48 hours"),
        ("2026-03-02T10:00:00+01:00", "2026-03-02T09:00:00.000000Z"),
        (5, 5),
        (5, "5"),
        ("5.0", "5"),
        (["a", 1], ["a", 1]),
        (True, True),
    ],
)
def test_equal_values_are_equal_however_they_are_spelled(written: object, got: object) -> None:
    assert is_equal(written, got)


@pytest.mark.parametrize(
    ("written", "got"),
    [
        ("80 EUR", "80.00 USD"),
        ("2 days", "48 hours"),
        (5, None),
        (True, 1),
        ("true", True),
        ({"a": 1}, {"a": 2}),
    ],
)
def test_other_values_are_not(written: object, got: object) -> None:
    assert not is_equal(written, got)


@pytest.mark.parametrize(
    "reason", ["waiting", "waiting until 48h", "waiting until 2026-03-04 10:00", "{A1: waiting}"]
)
def test_a_rule_that_waits_says_so(reason: str) -> None:
    assert outcome_of(STORY.replace("REASON", reason)) == "passed"


@pytest.mark.parametrize("reason", ["waiting until 49h", "condition_false", "capped"])
def test_another_reason_does_not_hold(reason: str) -> None:
    assert outcome_of(STORY.replace("REASON", reason)) == "failed"


def test_a_reason_is_asked_of_one_order() -> None:
    story = """
        - {at: 0h, event: order.delivered, order: A1}
        - {at: 1 day, because: {cheer: {A2: waiting}}}
    """

    assert outcome_of(story, order="", orders="{A1: {}, A2: {}}") == "failed"


def test_a_reason_of_an_earlier_stretch_does_not_hold() -> None:
    story = """
        - {at: 0h, event: review.received, review: {stars: 4}}
        - {at: 1h, because: {gift: condition_false}}
        - {at: 2h, because: {gift: condition_false}}
    """

    assert outcome_of(story) == "failed"


def test_a_message_that_still_waits_says_so_again() -> None:
    story = """
        - {at: -1 day, sent: welcome, category: loyalty}
        - {at: 0h, event: customer.created}
        - {at: 0h, expect: nothing, because: {welcome: capped until 1 day}}
        - {at: 1h, expect: nothing, because: {welcome: capped until 1 day}}
    """

    assert outcome_of(story) == "passed"


def test_a_message_that_only_waits_for_its_minute_was_not_capped() -> None:
    story = """
        - {at: 0h, event: customer.created}
        - {at: 0h, expect: [{send: welcome}], because: {welcome: capped}}
    """

    assert outcome_of(story) == "failed"


def test_a_todo_must_fail() -> None:
    assert outcome_of("- {at: 0h, expect: [{send: shipped}]}", todo="later") == "todo"
    assert outcome_of("- {at: 0h, expect: nothing}", todo="later") == "unexpected"


@pytest.mark.parametrize(
    ("expected", "outcome"), [("{is: 10 days}", "passed"), ("{is: 9 days}", "failed")]
)
def test_an_answer_is_compared(expected: str, outcome: str) -> None:
    assert (
        outcome_of(f"- {{at: 0h, ask: patience, of: {{order: A1}}, expect: {expected}}}") == outcome
    )


def test_an_answer_may_be_unknown() -> None:
    assert (
        outcome_of("- {at: 0h, ask: patience, expect: {ends_on: unknown, open: unknown}}")
        == "passed"
    )


def test_instants_are_compared_as_such() -> None:
    assert not is_equal(datetime(2026, 3, 2, tzinfo=UTC), "2026-03-03T00:00:00Z")
