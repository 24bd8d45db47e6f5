from datetime import date, timedelta

from engine.backtests.days import Days

MONDAY = date(2026, 3, 2)


def test_days_are_counted_by_how_many_messages_they_brought() -> None:
    days = Days()
    for customer in ("ana", "ana", "ben"):
        days.sent(customer, MONDAY)
    days.sent("ana", MONDAY + timedelta(days=1))

    assert days.histogram() == {1: 2, 2: 1}


def test_a_day_is_settled_once_it_is_over_everywhere() -> None:
    days = Days()
    days.sent("ana", MONDAY)
    days.sent("ana", MONDAY + timedelta(days=9))
    days.sent("ana", MONDAY + timedelta(days=8))

    assert days.histogram() == {1: 3}


def test_nothing_sent_is_an_empty_histogram() -> None:
    assert Days().histogram() == {}
