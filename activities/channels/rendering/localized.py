"""Values in the reader's language: the filters of the templates, and how a bare value is spoken."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time
from babel.lists import format_list
from babel.numbers import format_decimal
from babel.units import format_unit
from jinja2 import Undefined

from activities.channels.rendering.problem import RenderingFailed
from activities.channels.rendering.safe_text import BREVITIES, Brevity, fitted, is_blank
from engine.catalog.currencies import decimals_of
from engine.catalog.values import Duration, Money

_YOUR_ORDER = {
    "de": "Ihre Bestellung",
    "en": "your order",
    "es": "su pedido",
    "fr": "votre commande",
    "id": "pesanan Anda",
    "it": "il suo ordine",
    "nl": "uw bestelling",
    "pt": "seu pedido",
}
_MORE = {
    "de": "und {} weitere",
    "en": "and {} more",
    "es": "y {} más",
    "fr": "et {} autres",
    "id": "dan {} lainnya",
    "it": "e altri {}",
    "nl": "en nog {}",
    "pt": "e mais {}",
}
_REGION = {"en": "en_GB"}  # without a region CLDR's English is American: "March 5", "3:04 PM"
_SPACED = re.compile(
    r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])"
)  # CLDR's `currencySpacing`, which Babel leaves out
_CLDR_UNITS = ("minute", "hour", "day", "week", "month")


@dataclass(frozen=True, slots=True)
class ReaderLocale:
    """How somebody reads: a language such as `en`, `id` or `pt-BR`, and an IANA zone."""

    locale: str
    zone: str


class Passage(str):
    """Markdown that has been rendered before, its values escaped: it is spoken as it stands."""

    __slots__ = ()


class Words:
    """Speaks values to one reader, as briefly as asked. What cannot be spoken raises
    `RenderingFailed`.
    """

    def __init__(self, reader: ReaderLocale, brevity: Brevity = BREVITIES[0]) -> None:
        self._brevity = brevity
        self._locale = parse_locale(reader.locale)
        self._zone = ZoneInfo(reader.zone)

    def speak(self, value: Any) -> str:
        """A value without a filter."""
        match value:
            case str():
                return fitted(value, self._brevity.characters)
            case Money():
                return self.money(value)
            case dt.datetime():
                return f"{self.date(value)}, {self.time(value)}"
            case dt.date():
                return self.date(value)
            case Duration():
                return self._duration(value)
            case float() | Decimal():
                return format_decimal(value, locale=self._locale)
            case bool() | None | list() | Mapping():
                raise RenderingFailed(f"{_kind(value)} cannot be written as it is")
        return str(value)

    def day(self, value: Any) -> str:
        """Weekday and date without the year: `Thursday, 5 March`."""
        on = self._date(value)
        full = str(self._locale.date_formats["full"].pattern)
        between = ", " if "EEEE," in full or ", EEEE" in full else " "
        weekday = format_date(on, "EEEE", locale=self._locale)
        return f"{weekday}{between}{format_skeleton('MMMMd', on, locale=self._locale)}"

    def date(self, value: Any) -> str:
        """The day with month and year: `5 March 2026`."""
        return format_date(self._date(value), "long", locale=self._locale)

    def time(self, value: Any) -> str:
        """The time of day in the reader's zone: `15:04`."""
        if not isinstance(value, dt.datetime):
            raise RenderingFailed(f"`time` needs a moment, not {_kind(value)}")
        return format_time(self._local(value), "short", locale=self._locale)

    def money(self, value: Any) -> str:
        """An amount with the decimals its currency has in the shop: `€19.90`."""
        if not isinstance(value, Money):
            raise RenderingFailed(f"`money` needs an amount, not {_kind(value)}")
        decimals = decimals_of(value.currency)
        pattern = copy(self._locale.currency_formats["standard"])
        pattern.frac_prec = (decimals, decimals)  # CLDR gives the rupiah two
        amount = Decimal(value.minor).scaleb(-decimals)
        return _SPACED.sub(
            "\xa0",
            pattern.apply(amount, self._locale, currency=value.currency, currency_digits=False),
        )

    def titles(self, items: Any) -> str:
        """The titles of a list of items, joined; ten and `and 5 more`, `your order` for none."""
        known = (
            items
            if isinstance(items, Iterable) and not isinstance(items, str | Mapping | Undefined)
            else ()
        )
        titles = [self.speak(item["title"]) for item in known if _is_titled(item)]
        if not titles:
            return self._phrase(_YOUR_ORDER)
        most = self._brevity.titles
        if len(titles) <= most:
            return format_list(titles, locale=self._locale)
        return f"{', '.join(titles[:most])} {self.more(len(titles) - most)}"

    def shortened(self, elements: Any) -> Any:
        """As much of a list as a loop repeats."""
        return elements[: self._brevity.elements] if isinstance(elements, list) else elements

    def rest(self, elements: Any) -> str:
        """`and 5 more` for the elements that a loop leaves out; empty if there are none."""
        left = len(elements) - self._brevity.elements if isinstance(elements, list) else 0
        return self.more(left) if left > 0 else ""

    def more(self, count: int) -> str:
        """`and 5 more`."""
        return self._phrase(_MORE).format(count)

    def _phrase(self, phrases: Mapping[str, str]) -> str:
        return phrases.get(self._locale.language, phrases["en"])

    def _duration(self, value: Duration) -> str:
        if value.unit not in _CLDR_UNITS:
            return str(value)
        return format_unit(value.amount.normalize(), f"duration-{value.unit}", locale=self._locale)

    def _date(self, value: Any) -> dt.date:
        if isinstance(value, dt.datetime):
            return self._local(value).date()
        if isinstance(value, dt.date):
            return value
        raise RenderingFailed(f"a date is needed here, not {_kind(value)}")

    def _local(self, value: dt.datetime) -> dt.datetime:
        return value.astimezone(self._zone) if value.tzinfo else value


def otherwise(value: Any, default: Any) -> Any:
    """`{{ customer.first_name | or("there") }}`: the default for what is unknown or blank."""
    return value if is_known(value) else default


def is_known(value: Any) -> bool:
    """Whether there is something to say; a text of blanks says nothing."""
    if value is None or isinstance(value, Undefined):
        return False
    return not (isinstance(value, str) and is_blank(value))


def parse_locale(text: str) -> Locale:
    """CLDR's locale for `en`, `en-GB` or `pt_BR`; its language alone if the region is not known,
    else English.
    """
    parts = text.strip().replace("-", "_").split("_")
    for candidate in ("_".join(parts), parts[0]):
        try:
            return Locale.parse(_REGION.get(candidate, candidate))
        except (ValueError, UnknownLocaleError):
            continue
    return Locale.parse(_REGION["en"])


def _is_titled(item: Any) -> bool:
    return (
        isinstance(item, Mapping) and isinstance(item.get("title"), str) and is_known(item["title"])
    )


def _kind(value: Any) -> str:
    if value is None or isinstance(value, Undefined):
        return "something unknown"
    return {bool: "true or false", str: "text", list: "a list", dict: "a mapping"}.get(
        type(value), "another value"
    )
