"""An instant that is given for a date is the day it is where the customer lives."""

from typing import Any

import pytest

from tests.engine.decisions.timelines import Timeline, happens

EXPIRY = """
  - {id: a, when: 1 day before loyalty.points_expire_at at 10:00, if_late: send,
     once_per: [customer, loyalty.points_expire_at], do: [{send: hello, category: billing}]}
"""


def expires(hours: float, at: str, **customer: Any) -> dict[str, Any]:
    loyalty = {"points_expire_at": at}
    kind = "loyalty.balance_changed"
    return happens(hours, kind, order=None, loyalty=loyalty, customer=customer)


# Hours from noon of 2 March in UTC to ten in the morning of a day of March there.
def ten_of(day: int, offset: int) -> int:
    return (day - 2) * 24 - 2 - offset


@pytest.mark.parametrize(
    ("zone", "at", "sent"),
    [
        ("Asia/Jakarta", "2026-03-20T17:00:00Z", ten_of(20, 7)),
        ("Asia/Jakarta", "2026-03-21T00:00:00+07:00", ten_of(20, 7)),
        ("Asia/Jakarta", "2026-03-21", ten_of(20, 7)),
        ("Asia/Jakarta", "2026-03-21T00:00:00", ten_of(20, 7)),
        ("America/Los_Angeles", "2026-03-21T06:59:59Z", ten_of(19, -7)),
        ("Pacific/Kiritimati", "2026-03-20T10:00:00Z", ten_of(20, 14)),
    ],
)
def test_an_instant_is_the_day_of_the_customer(zone: str, at: str, sent: int) -> None:
    story = Timeline(EXPIRY)
    story.learns(0, expires(0, at, time_zone=zone))
    assert story.sent() == [sent]


def test_the_day_moves_with_the_zone_until_it_is_due() -> None:
    story = Timeline(EXPIRY)
    story.learns(0, expires(0, "2026-03-20T20:00:00Z"))
    zone = {"time_zone": "Asia/Jakarta"}
    story.learns(1, happens(1, "customer.updated", order=None, customer=zone))
    assert story.sent() == [ten_of(20, 7)]


def test_a_parcel_that_is_expected_at_an_instant_is_late_by_its_day() -> None:
    story = Timeline("""
  - {id: a, when: 1 day after order.eta at 10:00, if: order.days_late = 1,
     do: [{send: hello, category: billing}]}
""")
    zone, parcel = {"time_zone": "Asia/Jakarta"}, {"id": "P1", "eta": "2026-03-05T18:00:00Z"}
    story.hears(0, "shipment.shipped", shipment=parcel, customer=zone)
    assert story.sent() == [ten_of(7, 7)]
