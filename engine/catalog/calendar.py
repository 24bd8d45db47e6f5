"""The only place that knows time zones, daylight saving, quiet hours and business days."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.catalog.channels import CHANNELS
from engine.catalog.values import LAST, Duration, zone_of

_DAY = timedelta(days=1)
# The zone of the capital, where zone.tab puts another one first.
_CAPITALS = {
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "FM": "Pacific/Pohnpei",
    "PS": "Asia/Hebron",
    "RU": "Europe/Moscow",
    "UA": "Europe/Kyiv",
    "UZ": "Asia/Tashkent",
}
_MINUTE = timedelta(minutes=1)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# What happens to a message for which there is no room, or which is due in quiet hours.
Then = Literal["hold", "drop"]


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` to `end` local time, over midnight if `end` is earlier; only for
    these channels.
    """

    start: time
    end: time
    then: Then = "hold"
    channels: frozenset[str] = frozenset(CHANNELS)

    def covers(self, clock: time) -> bool:
        """Whether this local time is quiet; the first minute is, the last is not."""
        if self.start <= self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end


@dataclass(frozen=True, slots=True)
class ShopCalendar:
    """Which days are business days: the country's holidays, the weekend (Monday is 0), and days of
    the shop's own.
    """

    country: str | None = None
    weekend: frozenset[int] = frozenset({5, 6})
    closed: frozenset[date] = frozenset()


@lru_cache(maxsize=1024)
def is_zone(name: str) -> bool:
    """Whether this is the IANA name of a zone we know."""
    try:
        return bool(name) and ZoneInfo(name) is not None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


@lru_cache(maxsize=4096)
def zones_of_phone(number: str) -> tuple[str, ...]:
    """The zones a phone number may ring in; none for toll-free numbers and for text that is no
    number.
    """
    # Their tables take long to load, and most programs never ask.
    import phonenumbers
    from phonenumbers import timezone as phone_zones

    kinds = phonenumbers.PhoneNumberType
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return ()
    rings_anywhere = (kinds.TOLL_FREE, kinds.PREMIUM_RATE, kinds.SHARED_COST, kinds.UAN)
    if phonenumbers.number_type(parsed) in rings_anywhere:
        return ()
    found = tuple(zone for zone in phone_zones.time_zones_for_number(parsed) if is_zone(zone))
    capital = zones_of_country(phonenumbers.region_code_for_number(parsed) or "")[:1]
    return tuple(sorted(found, key=lambda zone: zone not in capital))


@lru_cache(maxsize=512)
def zones_of_country(code: str) -> tuple[str, ...]:
    """The zones of a country (ISO 3166-1 alpha-2), the capital's first; from the zone table of
    tzdata.
    """
    code = code.upper()
    capital = _CAPITALS.get(code)
    return tuple(
        sorted(_country_table().get(code, ()), key=lambda zone: capital not in (None, zone))
    )


@lru_cache(maxsize=1)
def _country_table() -> dict[str, tuple[str, ...]]:
    """The zones of each country in the order of zone.tab, which is not that of their weight."""
    table: dict[str, tuple[str, ...]] = {}
    for line in files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            code, _, zone, *_ = line.split("\t")
            table[code] = (*table.get(code, ()), zone)
    return table


def local_day(at: datetime, zone: str) -> date:
    """The calendar day of an instant in a zone."""
    return at.astimezone(zone_of(zone)).date()


def at_local(day: date, clock: time, zone: str) -> datetime:
    """The instant of a local time; in a gap of daylight saving the first moment after it, in a fold
    the earlier one.
    """
    local = datetime.combine(day, clock, tzinfo=zone_of(zone))
    instant = local.astimezone(UTC)
    # Of one zone they are compared by their wall time.
    return instant if instant.astimezone(local.tzinfo) == local else _end_of_gap(local)


def add(
    at: datetime, length: Duration, zone: str, calendar: ShopCalendar | None = None
) -> datetime:
    """`at` plus a length, also a negative one: minutes and hours elapse, days and longer keep the
    local wall time.

    A part of a day or week elapses after its whole days; months and business days have no parts.
    What leaves the calendar, such as three days after `9999-12-31`, stays at its end.
    """
    try:
        return _added(at, length, zone, calendar)
    except (OverflowError, ValueError):
        return LAST if length.amount > 0 else at


def _added(at: datetime, length: Duration, zone: str, calendar: ShopCalendar | None) -> datetime:
    elapsed = length.elapsed
    return at + elapsed if elapsed is not None else _days_later(at, length, zone, calendar)


# What one event leads to is counted from one moment by the same few lengths.
@lru_cache(maxsize=1024)
def _days_later(
    at: datetime, length: Duration, zone: str, calendar: ShopCalendar | None
) -> datetime:
    local = at.astimezone(zone_of(zone))
    rest = timedelta()
    match length.unit:
        case "business day":
            day = business_days_later(local.date(), int(length.amount), calendar or ShopCalendar())
        case "month":
            day = _months_later(local.date(), int(length.amount))
        case _:
            days, rest = divmod(length.nominal, _DAY)
            day = local.date() + timedelta(days=days)
    return at_local(day, local.time(), zone) + rest


def earliest_send(now: datetime, quiet: QuietHours, zones: tuple[str, ...]) -> datetime:
    """The first instant at or after `now` that is outside quiet hours in every zone the customer
    may be in.

    Where the zones leave no common waking hour, the first zone alone decides: silence for ever
    serves nobody.
    """
    at = now
    for _ in range(2 * len(zones) + 2):
        later = max((_after_quiet(at, quiet, zone) for zone in zones), default=at)
        if later == at:
            return at
        at = later
    return _after_quiet(now, quiet, zones[0])


def next_clock(at: datetime, clock: time, zone: str) -> datetime:
    """The next such local time at or after a moment."""
    day = local_day(at, zone)
    today = at_local(day, clock, zone)
    return today if today >= at else at_local(day + timedelta(days=1), clock, zone)


def minute_end(at: datetime) -> datetime:
    """The end of the minute an instant lies in."""
    return at.replace(second=0, microsecond=0) + _MINUTE


def _after_quiet(now: datetime, quiet: QuietHours, zone: str) -> datetime:
    local = now.astimezone(zone_of(zone))
    if not quiet.covers(local.time()):
        return now
    day = local.date() if local.time() < quiet.end else local.date() + _DAY
    ends_at = at_local(day, quiet.end, zone)
    # In the hour that comes twice the end may have been before already: it comes again.
    return ends_at if ends_at > now else at_local(day, quiet.end.replace(fold=1), zone)


def _end_of_gap(local: datetime) -> datetime:
    """The clock jumps over this local time: the instant of the jump, found by the
    offset before it.
    """
    before = local.replace(fold=0).utcoffset() or timedelta()
    after = local.replace(fold=1).utcoffset() or timedelta()
    naive = local.replace(tzinfo=None)
    low, high = (
        (naive - max(before, after)).replace(tzinfo=UTC),
        (naive - min(before, after)).replace(tzinfo=UTC),
    )
    zone = local.tzinfo
    start = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        low, high = (
            (middle, high) if middle.astimezone(zone).utcoffset() == start else (low, middle)
        )
    return high.replace(microsecond=0)


def _months_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for number in range(day.day, 0, -1):
        try:
            return date(year, month + 1, number)
        except ValueError:
            continue
    raise AssertionError("every month has a first day")


def business_days_later(day: date, count: int, calendar: ShopCalendar) -> date:
    """The day so many business days later, or earlier for a negative count."""
    holiday = _holidays(calendar.country) if calendar.country else ()
    step = timedelta(days=1 if count > 0 else -1)
    for _ in range(abs(count)):
        day += step
        while day.weekday() in calendar.weekend or day in calendar.closed or day in holiday:
            day += step
    return day


@lru_cache(maxsize=64)
def _holidays(country: str) -> Container[date]:
    """The public holidays of a country; none where nobody keeps a list."""
    # Slow to import, and most programs never ask.
    import holidays

    try:
        return holidays.country_holidays(country)
    except NotImplementedError:
        return ()
