"""When an event happened, as a rule reads it: `payment.failed_at` and the like."""

import pytest

from tests.engine.decisions.timelines import Timeline


def a_rule(when: str, condition: str, once: str = "event") -> str:
    return (
        f"  - {{id: a, when: {when}, if: '{condition}', once_per: {once},"
        " do: [{send: hello, category: billing}]}\n"
    )


@pytest.mark.parametrize(
    ("event", "fact"),
    [
        ("payment.failed", "payment.failed_at"),
        ("consent.given", "consent.given_at"),
        ("site.viewed", "site.viewed_at"),
        ("message.clicked", "message.clicked_at"),
        ("location.near_shop", "location.near_shop_at"),
    ],
)
def test_the_time_of_its_own_event_is_known_to_a_rule(event: str, fact: str) -> None:
    story = Timeline(a_rule(f"2 days after {event}", f"now - {fact} >= 2 days"))
    story.hears(0, event, order=None)
    assert story.sent() == [48]


def test_it_is_that_of_the_event_that_started_the_rule_not_of_a_later_one() -> None:
    story = Timeline(a_rule("2 days after payment.failed", "now - payment.failed_at >= 2 days"))
    story.hears(0, "payment.failed", order=None)
    story.hears(24, "payment.failed", order=None)
    assert story.sent() == [48, 72]


def test_the_time_of_another_event_is_that_of_the_moment_asked() -> None:
    story = Timeline(
        a_rule("3 days after customer.created", "now - payment.recovered_at <= 1 day", "customer")
    )
    story.hears(0, "customer.created", order=None)
    story.hears(60, "payment.recovered", order=None)
    assert story.sent() == [72]


def test_what_never_happened_has_no_time() -> None:
    story = Timeline(
        a_rule("3 days after customer.created", "payment.recovered_at is known", "customer")
    )
    story.hears(0, "customer.created", order=None)
    assert (story.sent(), story.reasons()) == ([], ["condition_false"])
