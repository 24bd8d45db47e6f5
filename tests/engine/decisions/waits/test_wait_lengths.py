"""A wait keeps the delay it began with, and follows the customer's zone until it is due."""

from typing import Any

import pytest

from tests.engine.decisions.timelines import Timeline, happens, later

ANSWERS = """
answers:
  patience:
    type: days
    first: [{if: customer.tier = gold, then: 10 days}, {otherwise: 2 days}]
"""
PATIENT = """
  - {id: a, when: answer.patience after order.delivered, do: [{send: hello, category: billing}]}
"""


def profile(hours: float, **facts: Any) -> dict[str, Any]:
    return happens(hours, "customer.updated", order=None, customer=facts)


def test_a_wait_that_began_keeps_its_delay_when_its_event_comes_again() -> None:
    story = Timeline(PATIENT, answers=ANSWERS)
    story.hears(0, "order.delivered")
    story.learns(5, profile(5, tier="gold"))
    again = happens(0, "order.delivered") | {"id": "again"}
    story.learns(6, again)
    assert story.sent() == [48]


def as_an_older_program_wrote_them(story: Timeline) -> None:
    """The rows of what waits say neither how long nor by whose days."""
    for waits in story.store.waits.values():
        waits.update({key: one.now(zone=None, length=None) for key, one in waits.items()})


def test_a_wait_of_an_older_program_keeps_its_delay_too() -> None:
    story = Timeline(PATIENT, answers=ANSWERS)
    story.hears(0, "order.delivered")
    as_an_older_program_wrote_them(story)
    story.learns(5, profile(5, tier="gold"))
    story.learns(6, happens(0, "order.delivered") | {"id": "again"})
    assert story.sent() == [48]


@pytest.mark.parametrize(
    ("zone", "sent"), [("Asia/Jakarta", 39), ("America/Los_Angeles", 54), ("UTC", 46)]
)
@pytest.mark.parametrize("when", ["2 days after order.placed", "1 day before order.promised_on"])
def test_a_wait_of_an_older_program_moves_with_the_zone_too(
    when: str, zone: str, sent: float
) -> None:
    story = at_ten(f"{when} at 10:00")
    story.hears(0, "order.placed", order={"promised_on": "2026-03-05"})
    as_an_older_program_wrote_them(story)
    story.learns(1, profile(1, time_zone=zone))
    assert story.sent() == [sent]


def test_a_wait_of_an_older_program_moved_before_this_one_is_by_the_zone_that_is_known() -> None:
    story = at_ten("2 days after order.placed at 10:00")
    story.hears(0, "order.placed")
    story.learns(1, profile(1, time_zone="Asia/Jakarta"))
    for waits in story.store.waits.values():
        waits.update({key: one.now(due_at=later(UTC)) for key, one in waits.items()})
    as_an_older_program_wrote_them(story)
    story.hears(2, "order.changed")
    assert story.sent() == [JAKARTA]


def test_a_slot_of_an_older_program_moves_with_the_zone_too() -> None:
    story = at_ten("every week on monday at 10:00", "customer")
    story.learns(0, profile(0, locale="en"))
    as_an_older_program_wrote_them(story)
    story.learns(1, profile(1, time_zone="Asia/Jakarta"))
    assert story.sent(days=9) == [7 * 24 - 12 + 3]


def test_a_wait_of_an_older_program_stays_where_its_line_reads_otherwise_by_now() -> None:
    story = at_ten("2 days after order.placed at 10:00")
    story.hears(0, "order.placed")
    as_an_older_program_wrote_them(story)
    story.store.publish(at_ten("3 days after order.placed at 10:00").ruleset)
    story.learns(2, profile(2, time_zone="Asia/Jakarta"))
    assert story.sent() == [UTC]


def test_it_keeps_the_delay_also_when_an_earlier_report_moves_it() -> None:
    story = Timeline(PATIENT, answers=ANSWERS)
    story.hears(4, "order.delivered")
    story.learns(5, profile(5, tier="gold"))
    story.learns(6, happens(1, "order.delivered"))
    assert story.sent() == [49]


def test_an_event_that_happens_anew_has_a_delay_of_its_own() -> None:
    story = Timeline(
        PATIENT.replace("order.delivered", "order.changed").replace("do:", "once_per: event, do:"),
        answers=ANSWERS,
    )
    story.hears(0, "order.changed")
    story.learns(5, profile(5, tier="gold"))
    story.hears(6, "order.changed")
    assert story.sent() == [48, 6 + 240]


AT_TEN = """
  - {id: a, when: WHEN, once_per: ONCE, if_late: send, do: [{send: hello, category: billing}]}
"""


def at_ten(when: str, once: str = "order") -> Timeline:
    rule = AT_TEN.replace("WHEN", when).replace("ONCE", once)
    return Timeline(rule if "before" in when else rule.replace(" if_late: send,", ""))


# Noon of 2 March in UTC is when everything begins; ten in Jakarta is three in UTC, ten in Los
# Angeles six in the evening, and from 8 March on five.
UTC, JAKARTA, ANGELES = 46, 39, 54


@pytest.mark.parametrize(
    ("zone", "sent"), [("Asia/Jakarta", JAKARTA), ("America/Los_Angeles", ANGELES)]
)
def test_a_zone_that_becomes_known_moves_the_time_of_day(zone: str, sent: float) -> None:
    story = at_ten("2 days after order.placed at 10:00")
    story.hears(0, "order.placed")
    story.learns(1, profile(1, time_zone=zone))
    assert story.sent() == [sent]


def test_a_zone_that_changes_moves_the_time_of_day_until_it_is_due() -> None:
    story = at_ten("2 days after order.placed at 10:00")
    story.hears(0, "order.placed")
    story.learns(1, profile(1, time_zone="America/Los_Angeles"))
    story.learns(38, profile(38, time_zone="Asia/Jakarta"))
    story.learns(60, profile(60, time_zone="UTC"))
    assert story.sent() == [JAKARTA]


def test_a_moment_that_is_past_in_the_new_zone_is_due_at_once() -> None:
    story = at_ten("2 days after order.placed at 10:00")
    story.hears(0, "order.placed")
    story.learns(44, profile(44, time_zone="Asia/Jakarta"))
    assert story.sent() == [44]


def test_the_time_of_day_near_a_date_moves_with_the_zone() -> None:
    story = at_ten("1 day before order.promised_on at 10:00")
    story.hears(0, "order.placed", order={"promised_on": "2026-03-05"})
    story.learns(1, profile(1, time_zone="Asia/Jakarta"))
    assert story.sent() == [JAKARTA]


def test_a_date_is_midnight_where_the_customer_is() -> None:
    story = at_ten("on order.promised_on")
    story.hears(0, "order.placed", order={"promised_on": "2026-03-05"})
    story.learns(1, profile(1, time_zone="Asia/Jakarta"))
    assert story.sent() == [53]


def test_an_instant_is_near_the_day_it_is_there() -> None:
    story = at_ten("1 day before subscription.renews_at at 10:00", "[subscription]")
    renews = {"id": "S1", "renews_at": "2026-03-10T20:00:00Z"}
    story.hears(0, "subscription.started", order=None, subscription=renews)
    story.learns(1, profile(1, time_zone="Asia/Jakarta"))
    # The eleventh in Jakarta, so ten on the tenth.
    assert story.sent() == [8 * 24 - 12 + 3]


def test_a_slot_moves_with_the_zone() -> None:
    story = at_ten("every week on monday at 10:00", "customer")
    story.learns(0, profile(0, locale="en"))
    story.learns(1, profile(1, time_zone="Asia/Jakarta"))
    assert story.sent(days=9) == [7 * 24 - 12 + 3]


def test_other_orders_of_the_customer_hear_of_the_zone() -> None:
    story = at_ten("2 days after order.placed at 10:00")
    story.hears(0, "order.placed")
    story.hears(0, "order.placed", order="A2")
    story.learns(1, profile(1, time_zone="Asia/Jakarta"))
    assert story.sent() == [JAKARTA, JAKARTA]


def test_an_order_whose_customer_becomes_known_lives_by_their_zone() -> None:
    story = at_ten("2 days after order.placed at 10:00")
    nobody = happens(0, "order.placed")
    del nobody["data"]["customer"]
    story.learns(0, nobody)
    story.learns(1, profile(1, time_zone="Asia/Jakarta"))
    story.hears(2, "order.changed")
    assert story.sent() == [JAKARTA]


def test_hours_elapse_wherever_the_customer_is() -> None:
    story = at_ten("48 hours after order.placed")
    story.hears(0, "order.placed")
    story.learns(1, profile(1, time_zone="Asia/Jakarta"))
    assert story.sent() == [48]
