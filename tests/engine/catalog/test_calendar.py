from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalog.calendar import (
    QuietHours,
    ShopCalendar,
    add,
    at_local,
    earliest_send,
    is_zone,
    local_day,
    minute_end,
    zones_of_country,
    zones_of_phone,
)
from engine.catalog.values import parse_duration
from tests.engine.builders import NIGHT, NOON, at

NEW_YORK, LORD_HOWE, APIA, KOLKATA = (
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Asia/Kolkata",
)


@pytest.mark.parametrize(
    ("zone", "day", "clock", "expected"),
    [
        (NEW_YORK, "2026-03-07", "09:00", "2026-03-07 14:00"),
        (NEW_YORK, "2026-03-08", "09:00", "2026-03-08 13:00"),
        (
            NEW_YORK,
            "2026-03-08",
            "02:30",
            "2026-03-08 07:00",
        ),  # the clock jumps from 02:00 to 03:00
        (NEW_YORK, "2026-11-01", "01:30", "2026-11-01 05:30"),  # comes twice, the first counts
        (LORD_HOWE, "2026-10-04", "02:15", "2026-10-03 15:30"),  # half an hour is missing
        (LORD_HOWE, "2026-04-05", "01:45", "2026-04-04 14:45"),
        (APIA, "2011-12-30", "09:00", "2011-12-30 10:00"),  # the whole day is missing
        (KOLKATA, "2026-03-08", "10:00", "2026-03-08 04:30"),
    ],
)
def test_a_local_time_becomes_an_instant(zone: str, day: str, clock: str, expected: str) -> None:
    assert at_local(date.fromisoformat(day), time.fromisoformat(clock), zone) == at(expected)


@pytest.mark.parametrize(
    ("zone", "start", "length", "expected"),
    [
        (NEW_YORK, "2026-03-07 15:00", "1 day", "2026-03-08 14:00"),  # 10:00 stays 10:00
        (NEW_YORK, "2026-03-07 15:00", "24 hours", "2026-03-08 15:00"),
        (NEW_YORK, "2026-10-31 14:00", "1 day", "2026-11-01 15:00"),
        (NEW_YORK, "2026-03-07 07:30", "1 day", "2026-03-08 07:00"),  # 02:30 does not exist
        (APIA, "2011-12-29 20:00", "1 day", "2011-12-30 10:00"),
        (LORD_HOWE, "2026-10-03 00:00", "1 week", "2026-10-09 23:30"),
        (KOLKATA, "2026-01-31 04:30", "1 month", "2026-02-28 04:30"),
        ("UTC", "2028-01-31 10:00", "1 month", "2028-02-29 10:00"),
        ("UTC", "2026-12-31 10:00", "2 months", "2027-02-28 10:00"),
        ("UTC", "2026-03-06 10:00", "1 business day", "2026-03-09 10:00"),
        ("UTC", "2026-03-06 10:00", "1.5 days", "2026-03-07 22:00"),
        ("UTC", "2026-03-06 10:00", "0.5 weeks", "2026-03-09 22:00"),
        ("UTC", "2026-03-06 10:00", "90m", "2026-03-06 11:30"),
    ],
)
def test_days_follow_the_calendar_and_hours_elapse(
    zone: str, start: str, length: str, expected: str
) -> None:
    assert add(at(start), parse_duration(length), zone) == at(expected)


def test_business_days_pass_over_public_holidays_of_the_country() -> None:
    may_first = add(
        at("2026-04-30 10:00"), parse_duration("1 business day"), "UTC", ShopCalendar("FR")
    )

    assert may_first == at("2026-05-04 10:00")


def test_a_country_without_a_list_of_holidays_has_weekends() -> None:
    assert add(
        at("2026-04-30 10:00"), parse_duration("1 business day"), "UTC", ShopCalendar("ZZ")
    ) == at("2026-05-01 10:00")


@pytest.mark.parametrize(
    ("code", "capital"),
    [
        ("BR", "America/Sao_Paulo"),
        ("us", NEW_YORK),
        ("AU", "Australia/Sydney"),
        ("RU", "Europe/Moscow"),
        ("CA", "America/Toronto"),
        ("ID", "Asia/Jakarta"),
        ("UA", "Europe/Kyiv"),
    ],
)
def test_times_of_day_in_a_country_are_those_of_its_capital(code: str, capital: str) -> None:
    assert zones_of_country(code)[0] == capital


def test_a_country_has_every_one_of_its_zones_once() -> None:
    zones = zones_of_country("ID")

    assert sorted(zones) == ["Asia/Jakarta", "Asia/Jayapura", "Asia/Makassar", "Asia/Pontianak"]


def test_a_country_nobody_knows_has_no_zone() -> None:
    assert zones_of_country("XX") == ()


def test_a_phone_number_rings_in_the_zones_of_its_area() -> None:
    assert zones_of_phone("+12125550100") == (NEW_YORK,)
    assert zones_of_phone("+61412345678")[0] == "Australia/Sydney"
    assert len(zones_of_phone("+61412345678")) > 2


@pytest.mark.parametrize("number", ["+18005550199", "0812 345", "", "abc", "+"])
def test_a_number_that_rings_anywhere_or_is_none_tells_no_zone(number: str) -> None:
    assert zones_of_phone(number) == ()


@pytest.mark.parametrize(
    ("name", "known"),
    [("Asia/Jakarta", True), ("Mars/Base", False), ("", False), ("../etc", False)],
)
def test_a_zone_is_known_by_its_iana_name(name: str, *, known: bool) -> None:
    assert is_zone(name) is known


@pytest.mark.parametrize(
    ("zone", "now", "expected"),
    [
        (NEW_YORK, "2026-03-08 00:59", "2026-03-08 00:59"),  # 19:59
        (
            NEW_YORK,
            "2026-03-08 02:00",
            "2026-03-08 12:00",
        ),  # 21:00, then the night with an hour less
        (NEW_YORK, "2026-11-01 01:00", "2026-11-01 13:00"),  # and the night with an hour more
        (KOLKATA, "2026-03-07 15:30", "2026-03-08 02:30"),
        (LORD_HOWE, "2026-10-03 12:00", "2026-10-03 21:00"),
        (APIA, "2011-12-30 08:00", "2011-12-30 18:00"),  # the night after which a day is missing
    ],
)
def test_quiet_hours_over_midnight_end_in_the_morning(zone: str, now: str, expected: str) -> None:
    assert earliest_send(at(now), NIGHT, (zone,)) == at(expected)


def test_quiet_hours_by_day_end_on_the_same_day() -> None:
    siesta = QuietHours(time(12), time(14))

    assert earliest_send(NOON, siesta, ("UTC",)) == NOON + timedelta(hours=2)
    assert earliest_send(NOON + timedelta(hours=2), siesta, ("UTC",)) == NOON + timedelta(hours=2)


def test_quiet_in_any_zone_is_quiet() -> None:
    zones = (NEW_YORK, "America/Los_Angeles")

    assert earliest_send(at("2026-03-02 13:30"), NIGHT, zones) == at("2026-03-02 16:00")


def test_zones_without_a_common_waking_hour_leave_it_to_the_first() -> None:
    assert earliest_send(
        at("2026-03-02 03:00"), NIGHT, ("Asia/Tokyo", NEW_YORK, "Europe/Paris")
    ) == at("2026-03-02 03:00")


def test_an_end_in_the_hour_that_comes_twice_is_waited_for_twice() -> None:
    quiet = QuietHours(time(21), time(1, 45))
    second_half_past_one = at("2026-11-01 06:30")

    assert earliest_send(second_half_past_one, quiet, (NEW_YORK,)) == at("2026-11-01 06:45")


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),  # hypothesis wants naive bounds
    st.lists(st.sampled_from([NEW_YORK, LORD_HOWE, KOLKATA, "Europe/Paris", "Asia/Tokyo"]),
    min_size=1, max_size=2),
    st.times(), st.times(),
)  # fmt: skip
def test_no_message_leaves_in_quiet_hours(
    moment: datetime, zones: list[str], start: time, end: time
) -> None:
    quiet = QuietHours(start, end)
    sent = earliest_send(moment.replace(tzinfo=UTC), quiet, tuple(zones))

    assert sent >= moment.replace(tzinfo=UTC)
    assert not quiet.covers(sent.astimezone(ZoneInfo(zones[0])).time())


def test_a_day_is_the_customers_day() -> None:
    assert [local_day(at("2026-03-02 23:00"), zone).day for zone in (NEW_YORK, KOLKATA)] == [2, 3]


@pytest.mark.parametrize("second", [0, 1, 59])
def test_a_minute_ends_with_the_next_one(second: int) -> None:
    assert minute_end(NOON + timedelta(seconds=second)) == NOON + timedelta(minutes=1)
