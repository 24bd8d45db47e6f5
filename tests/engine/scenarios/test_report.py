from decimal import Decimal

import pytest

from engine.catalog.values import Duration
from engine.scenarios.report import spelled
from tests.engine.scenarios.shop import a_scenario, report_of, verdict_of


def test_only_what_differs_is_printed() -> None:
    report = report_of("""
        - {at: 0h, event: shipment.shipped}
        - {at: 0h, event: review.received, review: {stars: 1}}
        - {at: 0h, expect: [{send: shipped, by: email}, {suppress: [sales]}]}
    """)

    assert "by: expected email, got push" in report
    assert "suppress" not in report


def test_a_missing_message_comes_with_what_its_rule_says() -> None:
    report = report_of("""
        - {at: 0h, event: review.received, review: {stars: 4}}
        - {at: 1h, expect: [{grant: free_wrapping}]}
    """)

    assert "missing     grant free_wrapping" in report
    assert "gift · condition_false review.stars = 5 (journeys/all.yaml:" in report
    assert "✗ if  review.stars = 5 [review.stars is 4]" in report


def test_a_rule_that_waits_says_until_when() -> None:
    report = report_of("""
        - {at: 0h, event: order.delivered}
        - {at: 1h, expect: [{send: cheer}]}
    """)

    assert "cheer · waiting until 2 days (2026-03-04 10:00)" in report


def test_a_rule_that_never_fired_says_so() -> None:
    assert "cheer · has not fired" in report_of("- {at: 1h, expect: [{send: cheer}]}")


def test_an_unexpected_message_names_its_rule_and_its_place() -> None:
    report = report_of("""
        - {at: 0h, event: shipment.shipped}
        - {at: 1h, expect: nothing}
    """)

    assert (
        "unexpected  send shipped, by push, order A1, at 0m (2026-03-02 10:00) · shipped "
        "(journeys/all.yaml:4:5)" in report
    )


def test_a_wrong_reason_comes_with_the_true_one() -> None:
    report = report_of("""
        - {at: 0h, event: review.received, review: {stars: 4}}
        - {at: 0h, because: {gift: waiting}}
    """)

    assert "because     gift: expected waiting, got condition_false review.stars = 5" in report


def test_an_answer_that_differs_is_told() -> None:
    report = report_of("- {at: 0h, ask: patience, expect: {is: 9 days, open: true}}")

    assert "is: expected 9 days, got 10 days" in report
    assert "open: expected true, got unknown" in report


def test_a_todo_that_passes_is_to_be_taken_away() -> None:
    told = report_of("- {at: 0h, expect: nothing}", todo="later")

    assert told == "a.test.yaml:9:11: a test: the test passes; take `todo` out [J36]"


def test_a_moment_is_said_in_days_where_the_clock_shows_the_same_time() -> None:
    report = report_of("""
        - {at: 0h, event: order.delivered}
        - {at: 4 days, expect: [{send: cheer, at: 3 days}]}
    """)

    assert "at: expected 3 days (2026-03-05 10:00), got 2 days (2026-03-04 10:00)" in report


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (Duration(Decimal(2880), "minute"), "2 days"),
        (Duration(Decimal(180), "minute"), "3 hours"),
        (Duration(Decimal(90), "minute"), "90 minutes"),
        (Duration(Decimal(2), "month"), "2 months"),
    ],
)
def test_a_reckoned_length_is_said_as_people_say_it(length: Duration, said: str) -> None:
    assert spelled(length, a_scenario("- {at: 0h, expect: nothing}")) == said


def test_what_happens_several_times_is_expected_so_and_counted() -> None:
    story = """
        - {at: 0h, event: review.received, review: {stars: 5}, order: A1}
        - {at: 1h, event: review.received, review: {id: R2, stars: 5}}
        - {at: 1h, expect: [{grant: free_wrapping, times: TIMES}, {call: tell_team, times: 2}]}
    """
    assert not verdict_of(story.replace("TIMES", "2")).unmet
    report = report_of(story.replace("TIMES", "9"))

    assert "missing     grant free_wrapping, 7 times" in report


def test_deeds_of_a_rule_that_the_test_is_not_about_get_a_hint() -> None:
    story = """
        - {at: 0h, event: shipment.shipped}
        - {at: 0h, expect: nothing}
    """

    hint = "if this test is not about shipped, add `only:` with the rules that it is about"
    assert hint in report_of(story)
    assert "add `only:`" not in report_of(story, only="[shipped]")


def test_a_test_of_which_something_else_fails_gets_no_hint() -> None:
    report = report_of("""
        - {at: 0h, event: shipment.shipped}
        - {at: 0h, expect: [{send: welcome}]}
    """)

    assert "add `only:`" not in report
