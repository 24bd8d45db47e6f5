"""The values a fact can have, their canonical JSON form and their typed form.

Facts are stored as JSON in one canonical spelling per value, so that two stores hold equal rows,
and become typed Python values when a condition reads them.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

from engine.catalog.currencies import decimals_of
from engine.catalog.rows import row
from engine.catalog.storable import LARGEST, storable, storable_text

Kind = Literal[
    "text", "integer", "number", "boolean", "money", "date", "datetime", "duration", "list", "enum"
]
Unit = Literal["minute", "hour", "day", "business day", "week", "month"]

_SPELLINGS: dict[Unit, tuple[str, ...]] = {
    "minute": ("minute", "minutes", "m"),
    "hour": ("hour", "hours", "h"),
    "day": ("day", "days", "d"),
    "business day": ("business day", "business days"),
    "week": ("week", "weeks"),
    "month": ("month", "months"),
}
UNITS: dict[str, Unit] = {
    spelling: unit for unit, spellings in _SPELLINGS.items() for spelling in spellings
}
_MONEY = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?) ?([A-Z]{3})")
_AMOUNT = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?")
_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?) ?(business days?|[a-z]+)")
_LEAP_SECOND = re.compile(r"([Tt ][0-9]{2}:?[0-9]{2}:?)60(?=[.,Zz+-]|$)")
_BARE = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
_CLOCK_UNITS = frozenset({"minute", "hour"})
# The calendar knows no parts of these.
WHOLE_UNITS = frozenset({"month", "business day"})
_SECONDS = {
    "minute": 60,
    "hour": 3600,
    "day": 86400,
    "business day": 86400,
    "week": 7 * 86400,
    "month": 30 * 86400,
}
# A thousand written the other way: `1.000 IDR`, `1.500 EUR`.
_GROUP_OF_THREE = 3
_LONGEST, _MINUTE = timedelta(days=36_600), timedelta(minutes=1)
_DEEPEST = 20
_MOST_VALUES = 20_000  # which every decision reads
_DAY_LENGTH = len("2026-03-05")
# Years that senders mean; 0001-01-01 is a date that somebody forgot to set.
_FIRST_YEAR = 1900
# A "never" such as 9999-12-31 has to stay an instant in every zone.
LAST = datetime(9999, 12, 30, tzinfo=UTC)


class WrongValue(ValueError):
    """A value that is not of the type its fact has; the text says what was expected."""


@row
class Money:
    """An amount in the smallest unit of its currency (ISO 4217 code)."""

    minor: int
    currency: str

    def __str__(self) -> str:
        decimals = decimals_of(self.currency)
        return f"{Decimal(self.minor).scaleb(-decimals):.{decimals}f} {self.currency}"

    @classmethod
    def of(cls, amount: str | float | Decimal, currency: str) -> "Money":
        """The exact amount; `WrongValue` if it has more decimals than the currency.

        Zeros beyond them are passed over, but not where they may have meant thousands (`1.000
        IDR`).
        """
        decimals = decimals_of(currency)
        spelled = (
            f"{amount:.0f}" if isinstance(amount, float) and amount.is_integer() else str(amount)
        )
        if isinstance(amount, bool) or not _AMOUNT.fullmatch(spelled):
            raise WrongValue(f"an amount of money, not {_raw_words(amount)}")
        behind = len(spelled.partition(".")[2])
        scaled = Decimal(spelled).scaleb(decimals)
        if scaled != scaled.to_integral_value() or (
            behind > decimals and behind == _GROUP_OF_THREE
        ):
            raise WrongValue(f"an amount with at most {decimals} decimals in {currency}")
        return cls(int(scaled), currency)


@row
class Duration:
    """A length of time as it was said: minutes and hours elapse, days and longer follow the
    calendar.
    """

    amount: Decimal
    unit: Unit

    def __str__(self) -> str:
        plural = "" if abs(self.amount) == 1 else "s"
        return f"{self.amount.normalize():f} {self.unit}{plural}"

    @property
    def elapsed(self) -> timedelta | None:
        """The exact length of minutes and hours; None for units that need a calendar."""
        return _nominal(self.amount, self.unit) if self.unit in _CLOCK_UNITS else None

    @property
    def nominal(self) -> timedelta:
        """The length with days of 24 hours and months of 30 days, for comparing lengths with each
        other.
        """
        return _nominal(self.amount, self.unit)


@lru_cache(maxsize=1024)
def _nominal(amount: Decimal, unit: Unit) -> timedelta:
    return timedelta(seconds=float(amount * _SECONDS[unit]))


Value = str | int | float | bool | Money | date | datetime | Duration | list[Any] | None


@row
class FactType:
    """The type of a fact; `values` are those of an enum."""

    kind: Kind
    values: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"one of {', '.join(self.values)}" if self.kind == "enum" else self.kind


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo:
    """The zone of an IANA name. `ZoneInfo` itself keeps eight and reads all others from the disk
    each time.
    """
    return ZoneInfo(name)


def instant(at: datetime) -> str:
    """The canonical spelling of an instant: UTC, microseconds, sortable as text."""
    return _instant(at if at.tzinfo is UTC else at.astimezone(UTC))


# One event's time is spelled for every fact it states, and each fact read at one moment asks for
# that moment.
@lru_cache(maxsize=1024)
def _instant(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")[:-6] + "Z"


def instant_or_none(at: datetime | None) -> str | None:
    """As `instant`, None for an instant that there is not."""
    return instant(at) if at else None


def parse_moment(text: str) -> datetime:
    """A date or a time in ISO 8601; ValueError otherwise. A leap second (`:60`), which Python does
    not know, is the second before it.
    """
    return datetime.fromisoformat(_LEAP_SECOND.sub(r"\g<1>59", text))


def as_instant(text: str) -> datetime:
    """The instant that `instant` spelled; rows of before hold local times too, read in UTC."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def as_day(text: str, zone: str) -> date:
    """The day of a canonical date; of an instant the one it is in a zone."""
    if len(text) == _DAY_LENGTH:
        return date.fromisoformat(text)
    return min(as_instant(text), LAST).astimezone(zone_of(zone)).date()


def with_article(noun: str) -> str:
    """A noun as in a sentence: `an order`, `a return`."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def spelled(value: Any) -> str:
    """A value as a person writes it in a rule: `false`, `2026-03-05 10:00 UTC`, `[gold, platinum]`,
    `unknown`.
    """
    match value:
        case None:
            return "unknown"
        case bool():
            return "true" if value else "false"
        case datetime():
            return f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        case list():
            return f"[{', '.join(map(spelled, value))}]"
        case dict():
            return f"{{{', '.join(f'{name}: {spelled(one)}' for name, one in value.items())}}}"
        case _:
            return str(value)


def parse_money(text: str) -> Money:
    """`80 EUR` or `19.90 EUR`; `WrongValue` otherwise."""
    if not (found := _MONEY.fullmatch(text.strip())):
        raise WrongValue(f"money such as 80 EUR, not {_raw_words(text)}")
    return Money.of(found[1], found[2])


def parse_duration(text: str) -> Duration:
    """`48h`, `48 hours`, `3 business days`; `WrongValue` otherwise."""
    found = _DURATION.fullmatch(text.strip())
    if _BARE.fullmatch(text.strip()):
        raise WrongValue(f"{text.strip()} what? write `{text.strip()} days`")
    if not found or found[2] not in UNITS:
        raise WrongValue(f"a duration such as 48 hours or 3 days, not {_raw_words(text)}")
    length = Duration(Decimal(found[1]), UNITS[found[2]])
    if length.amount > _LONGEST / _MINUTE or length.nominal > _LONGEST:
        raise WrongValue(f"a duration of at most a hundred years, not {text}")
    return length


def parse_shift(text: str) -> Duration:
    """A duration that may lead back in time: `-2 days`; `WrongValue` otherwise."""
    length = parse_duration(text.strip().removeprefix("-"))
    return Duration(-length.amount, length.unit) if text.strip().startswith("-") else length


def canonical(fact: FactType, raw: Any) -> Any:
    """The one JSON spelling of a value as a sender wrote it.

    Raises `WrongValue` that says what was expected. An enum value nobody knows is data, not an
    error: it is kept as it came and equals none of the known ones.
    """
    return _CANONICAL[fact.kind](raw)


def typed(fact: FactType, raw: Any, zone: str) -> Value:
    """The typed value of a canonical one; local dates and times are read in `zone`."""
    if raw is None:
        return None
    match fact.kind:
        case "money":
            return parse_money(raw)
        case "date":
            return as_day(raw, zone)
        case "datetime":
            return _read_datetime(raw, zone)
        case "duration":
            return parse_shift(raw)
        case _:
            return raw  # type: ignore[no-any-return]  # canonical JSON of the remaining kinds is the value itself


def loosely(fact: FactType, raw: Any, zone: str) -> Value:
    """The typed value of what a list holds, where it was kept as it came; None if it is not of its
    type.
    """
    try:
        return None if raw is None else typed(fact, canonical(fact, raw), zone)
    except (WrongValue, OverflowError):
        return None


def _text(raw: Any) -> str:
    if not isinstance(raw, str):
        raise WrongValue(f"text, not {_raw_words(raw)}")
    return storable_text(raw)


def _boolean(raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    raise WrongValue(f"true or false, not {_raw_words(raw)}")


def _number(raw: Any) -> int | float:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise WrongValue(f"a number, not {_raw_words(raw)}")
    # A NaN is not smaller than anything.
    if not abs(raw) < LARGEST:
        raise WrongValue("a number between -2^63 and 2^63")
    return int(raw) if raw == int(raw) else raw


def _integer(raw: Any) -> int:
    number = _number(raw)
    if not isinstance(number, int):
        raise WrongValue(f"a whole number, not {raw!r}")
    return number


def _list(raw: Any) -> list[Any]:
    if not isinstance(raw, list):
        raise WrongValue(f"a list, not {_raw_words(raw)}")
    if _check_json(raw, _DEEPEST) > _MOST_VALUES:
        raise WrongValue(f"a list of at most {_MOST_VALUES} values in all")
    return storable(raw)  # type: ignore[no-any-return]  # of a list it is one


def _check_json(raw: Any, levels: int) -> int:
    """What a list holds is kept as it came, so it must be JSON; how many values there are in it."""
    if levels == 0:
        raise WrongValue(f"a list nested at most {_DEEPEST} deep")
    match raw:
        case str() | bool() | int() | float() | None:
            return 1
        case list() | dict():
            if len(raw) > _MOST_VALUES:
                return len(raw)
            inside = raw.values() if isinstance(raw, dict) else raw
            return 1 + sum(_check_json(inner, levels - 1) for inner in inside)
        case _:
            raise WrongValue(f"JSON, not {_raw_words(raw)}")


def _money(raw: Any) -> Money:
    if (
        isinstance(raw, dict)
        and set(raw) == {"amount", "currency"}
        and isinstance(raw["currency"], str)
    ):
        return parse_money(str(Money.of(raw["amount"], raw["currency"])))
    if not isinstance(raw, str):
        raise WrongValue(f"money such as 80 EUR, not {_raw_words(raw)}")
    return parse_money(_text(raw))


def _date(raw: Any) -> str:
    """A day as it stands; an instant stays one, whose day depends on where the customer is."""
    text = _text(raw)
    try:
        at = _in_our_time(parse_moment(text))
        return instant(at) if at.tzinfo else at.date().isoformat()
    except (ValueError, OverflowError):
        raise WrongValue(f"a date such as 2026-03-05, not {_raw_words(raw)}") from None


def _in_our_time(at: datetime) -> datetime:
    if at.year < _FIRST_YEAR:
        raise ValueError("somebody forgot to set it")
    return at


def _datetime(raw: Any) -> str:
    """An instant, or as it stands a local date or time, which the customer's zone completes when it
    is read.
    """
    text = _text(raw)
    try:
        if len(text) == _DAY_LENGTH:
            return _in_our_time(datetime.fromisoformat(text)).date().isoformat()
        parsed = _in_our_time(parse_moment(text))
        return parsed.isoformat() if parsed.tzinfo is None else instant(parsed)
    except (ValueError, OverflowError):
        raise WrongValue(
            f"a date and time such as 2026-03-05T10:00:00Z, not {_raw_words(text)}"
        ) from None


def _read_datetime(raw: str, zone: str) -> datetime:
    parsed = datetime.fromisoformat(raw)
    if parsed.year >= LAST.year:
        return LAST
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=zone_of(zone)).astimezone(UTC)


def _is_number(raw: Any) -> bool:
    return isinstance(raw, int | float) and not isinstance(raw, bool)


def _raw_words(raw: Any) -> str:
    return {dict: "a mapping", list: "a list", type(None): "nothing"}.get(type(raw)) or repr(raw)[
        :60
    ]


_CANONICAL: dict[Kind, Callable[[Any], Any]] = {
    "text": _text,
    "enum": _text,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "money": lambda raw: str(_money(raw)),
    "date": _date,
    "datetime": _datetime,
    "duration": lambda raw: str(parse_shift(str(raw) if _is_number(raw) else _text(raw))),
    "list": _list,
}
