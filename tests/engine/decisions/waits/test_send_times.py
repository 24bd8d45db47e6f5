"""A message that waits for its `send_at` follows the customer's zone until that time is there."""

from typing import Any

import pytest

from tests.engine.decisions.timelines import Timeline, happens

RULE = """
  - id: a
    when: order.placed
    do: [{send: hello, category: billing, send_at: "10:00"}]
"""


def profile(hours: float, **facts: Any) -> dict[str, Any]:
    return happens(hours, "customer.updated", order=None, customer=facts)


def placed() -> Timeline:
    """Noon in UTC, so that the next ten o'clock is after 22 hours there."""
    story = Timeline(RULE)
    story.hears(0, "order.placed")
    return story


def test_it_leaves_at_the_time_of_day_by_the_zone_it_was_decided_in() -> None:
    assert placed().sent() == [22]


@pytest.mark.parametrize(("zone", "sent"), [("Asia/Jakarta", 15), ("America/Los_Angeles", 6)])
def test_a_zone_that_becomes_known_moves_it_to_an_earlier_moment(zone: str, sent: float) -> None:
    story = placed()
    story.learns(1, profile(1, time_zone=zone))
    assert story.sent() == [sent]


def test_a_zone_that_changes_moves_it_to_a_later_moment_too() -> None:
    story = placed()
    story.learns(1, profile(1, time_zone="Asia/Jakarta"))
    story.learns(2, profile(2, time_zone="UTC"))
    assert story.sent() == [22]


def test_a_moment_that_is_past_in_the_new_zone_is_there_at_once() -> None:
    story = placed()
    story.learns(20, profile(20, time_zone="Asia/Jakarta"))
    assert story.sent() == [20]


def test_what_has_left_is_not_said_again_where_the_time_of_day_is_still_to_come() -> None:
    story = placed()
    story.learns(1, profile(1, time_zone="America/Los_Angeles"))
    story.learns(7, profile(7, time_zone="UTC"))
    assert story.sent() == [6]


def test_other_orders_of_the_customer_follow_too() -> None:
    story = placed()
    story.hears(0, "order.placed", order="A2")
    story.learns(1, profile(1, time_zone="America/Los_Angeles"))
    assert story.sent() == [6, 6]


def test_an_order_whose_customer_becomes_known_is_told_by_their_day() -> None:
    story = Timeline(RULE)
    nobody = happens(0, "order.placed")
    del nobody["data"]["customer"]
    story.learns(0, nobody)
    story.learns(1, profile(1, time_zone="Asia/Jakarta"))
    story.hears(2, "order.changed")
    assert story.sent() == [15]
