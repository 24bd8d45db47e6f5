"""One message for several readers: each address is told once, whenever it becomes known."""

from typing import Any

import pytest

from tests.engine.decisions.timelines import Timeline, happens

LISTED = """
  - id: a
    when: order.placed
    do: [{send: hello, by: email, category: billing, to: [order.contact, customer]}]
"""
APART = """
  - id: a
    when: order.placed
    do:
      - {send: hello, by: email, category: billing, to: order.contact}
      - {send: hello, by: email, category: billing, to: customer}
"""
WRITTEN = pytest.mark.parametrize("rule", [LISTED, APART])


def of_the_order(hours: float, kind: str, **order: Any) -> dict[str, Any]:
    """An event that says of its customer no more than who it is."""
    event = happens(hours, kind, order={"id": "A1", **order})
    del event["data"]["customer"]["email"]
    return event


def placed(rule: str, **order: Any) -> Timeline:
    story = Timeline(rule)
    story.learns(0, happens(0, "customer.updated", order=None))
    story.learns(0, of_the_order(0, "order.placed", **order))
    return story


def changed(story: Timeline, hours: float, email: str) -> None:
    story.learns(hours, of_the_order(hours, "order.changed", email=email))


@WRITTEN
def test_two_readers_are_told_each(rule: str) -> None:
    assert placed(rule, email="desk@example.com").sent() == [0, 0]


@WRITTEN
def test_a_reader_who_is_both_is_told_once(rule: str) -> None:
    assert placed(rule, email="ANA@example.com").sent() == [0]


@WRITTEN
def test_a_reader_whose_address_comes_later_is_told_then(rule: str) -> None:
    story = placed(rule)
    changed(story, 2, "desk@example.com")
    assert story.sent() == [0, 2]


@WRITTEN
def test_a_reader_who_turns_out_to_be_told_already_is_not_told_again(rule: str) -> None:
    story = placed(rule)
    changed(story, 2, "ana@example.com")
    assert story.sent() == [0]


@WRITTEN
def test_one_address_that_becomes_known_for_both_is_told_once(rule: str) -> None:
    story = Timeline(rule)
    story.learns(0, of_the_order(0, "order.placed"))
    known = happens(3, "order.changed", order={"id": "A1", "email": "ana@example.com"})
    story.learns(3, known)
    assert story.sent() == [3]


def test_two_messages_that_say_different_things_are_both_told() -> None:
    other = "  {send: bye, by: email, category: billing, to: customer}"
    first, _, _ = APART.rpartition("- {send: hello")

    assert placed(f"{first}-{other}", email="ana@example.com").sent() == [0, 0]
