from textwrap import dedent

import pytest

from engine.scenarios.acceptance import accepted
from tests.engine.scenarios.shop import a_file, verdict_of_file


def taken(story: str) -> str:
    """The story with what happened, which then passes."""
    file = a_file(story)
    news = accepted(file, [verdict_of_file(file)])
    assert not verdict_of_file(news).unmet
    return dedent(news.partition("story:\n")[2]).strip()


@pytest.mark.parametrize(
    ("line", "becomes"),
    [
        ("{at: 0h, expect: nothing}", "{at: 0h, expect: [{send: shipped, by: push}]}"),
        ("{at: 0h, expect: [{send: welcome}]}", "{at: 0h, expect: [{send: shipped, by: push}]}"),
        (
            "{at: 0h, expect: [{send: shipped, says: Thursday}, {send: cheer}]} # so far",
            "{at: 0h, expect: [{send: shipped, says: Thursday}]} # so far",
        ),
        (
            "{at: 0h, expect: {send: shipped, by: email}, because: {cheer: waiting}}",
            None,
        ),
    ],
)
def test_an_expectation_becomes_what_happened(line: str, becomes: str | None) -> None:
    story = f"- {{at: 0h, event: shipment.shipped}} # on its way\n- {line}"
    if becomes is None:
        file = a_file(story)
        news = accepted(file, [verdict_of_file(file)])
        assert "expect: [{send: shipped, by: push}], because: {cheer: waiting}" in news
        return

    assert taken(story) == f"- {{at: 0h, event: shipment.shipped}} # on its way\n- {becomes}"


def test_what_no_longer_happens_becomes_nothing() -> None:
    assert taken("- {at: 0h, expect: [{send: shipped}]}") == "- {at: 0h, expect: nothing}"


def test_deeds_that_are_alike_are_counted() -> None:
    story = """
        - {at: 0h, event: review.received, review: {stars: 5}, order: A1}
        - {at: 1h, event: review.received, review: {id: R2, stars: 5}}
        - {at: 1h, expect: nothing}
    """

    line = taken(story).splitlines()[-1]
    assert "{grant: free_wrapping, times: 2}" in line
    assert "{call: tell_team, times: 2}" in line


def test_a_block_with_comments_keeps_them_above_it() -> None:
    story = """
        - {at: 0h, event: shipment.shipped}
        - at: 0h
          expect:
            # the parcel is on its way
            - send: welcome
    """

    assert taken(story).splitlines()[1:] == [
        "- at: 0h",
        "  # the parcel is on its way",
        "  expect: [{send: shipped, by: push}]",
    ]


def test_a_reason_and_an_answer_become_the_true_ones() -> None:
    story = """
        - {at: 0h, event: order.delivered}
        - {at: 1h, ask: patience, expect: {is: 3 days}, of: {order: A1}}
        - {at: 1h, because: {cheer: suppressed_by quiet}}
    """

    assert taken(story).splitlines()[1:] == [
        "- {at: 1h, ask: patience, expect: {is: 10 days}, of: {order: A1}}",
        "- {at: 1h, because: {cheer: waiting until 2026-03-04 10:00}}",
    ]


def test_a_test_that_passes_is_left_alone() -> None:
    file = a_file("- {at: 0h, expect: nothing} # so it is")

    assert accepted(file, [verdict_of_file(file)]) == file
