"""A date that a policy gives is waited for as one that somebody stated."""

from tests.engine.decisions.timelines import Timeline, happens

WINDOW = """
answers:
  return_window:
    type: days
    starts: order.delivered_at
    first: [{if: customer.tier = gold, then: 20 days}, {otherwise: 10 days}]
    plus: [{if: return.requested happened, then: 5 days}]
"""
ENDING = """
  - {id: a, when: 3 days before answer.return_window.ends_on at 10:00, if_late: send,
     do: [{send: hello, category: billing}]}
"""
# Delivered at noon of the second of March: ten of the ninth is seven days less two hours later.
NINTH = 7 * 24 - 2


def test_the_event_it_counts_from_wakes_whoever_waits_for_it() -> None:
    story = Timeline(ENDING, answers=WINDOW)
    story.hears(0, "order.delivered")
    assert story.sent() == [NINTH]


def test_what_happened_to_the_order_moves_it() -> None:
    story = Timeline(ENDING, answers=WINDOW)
    story.hears(0, "order.delivered")
    story.hears(5, "return.requested", **{"return": {"id": "R1"}})
    assert story.sent() == [NINTH + 5 * 24]


def test_what_is_known_of_the_customer_moves_it() -> None:
    story = Timeline(ENDING, answers=WINDOW)
    story.hears(0, "order.delivered")
    gold = {"tier": "gold"}
    story.learns(5, happens(5, "loyalty.tier_changed", order=None, customer=gold))
    assert story.sent() == [NINTH + 10 * 24]


def test_a_customer_who_falls_back_has_the_shorter_one() -> None:
    story = Timeline(ENDING, answers=WINDOW)
    gold, none = {"tier": "gold"}, {"tier": "none"}
    story.learns(0, happens(0, "loyalty.tier_changed", order=None, customer=gold))
    story.hears(1, "order.delivered")
    story.learns(5, happens(5, "loyalty.tier_changed", order=None, customer=none))
    assert story.sent() == [NINTH]


def test_what_was_said_near_it_is_not_said_again_when_it_stays() -> None:
    story = Timeline(ENDING, answers=WINDOW)
    story.hears(0, "order.delivered")
    story.hears(NINTH + 1, "order.changed")
    assert story.sent() == [NINTH]
