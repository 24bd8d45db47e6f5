"""policies.yaml: everything that decides between messages, with its defaults.

It is read in three steps: what stands by itself; what names templates and answers; and the
breakers, which name rules.
"""

from collections.abc import Mapping
from datetime import time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from engine.catalog.calendar import WEEKDAYS, QuietHours, ShopCalendar, zones_of_country
from engine.catalog.catalog import Catalog
from engine.catalog.channels import CHANNELS
from engine.catalog.currencies import CURRENCIES
from engine.conditions.operators.references import named_like
from engine.conditions.problems import Problems, unknown
from engine.language.nodes import Node
from engine.language.plain_values import is_kebab, read_text
from engine.language.policies.categories import default_categories, read_categories
from engine.language.policies.limits import read_cap, read_holdout, read_mix
from engine.language.policies.policy_keys import (
    CalendarKeys,
    PoliciesFile,
    QuietHoursKeys,
    TimeZoneKeys,
)
from engine.rules.policies import Policies, ShopCustoms

_QUIET = QuietHours(time(21), time(8))


def read_policies(node: Node | None, catalog: Catalog, problems: Problems) -> Policies:
    """The policies; what the file leaves out, or the whole file, has its default."""
    if node is None:
        return Policies(default_categories(), _QUIET)
    file = PoliciesFile(node, problems)
    file.is_complete()
    zone_from, otherwise = _zones(file.time_zone, catalog)
    categories = read_categories(file.categories, problems)
    return Policies(
        categories=categories,
        quiet_hours=_quiet_hours(file.quiet_hours),
        caps=tuple(
            cap for keys in file.caps or () if (cap := read_cap(keys, categories)) is not None
        ),
        holdout=read_holdout(file.holdout, categories),
        shop=ShopCustoms(
            zone_from=zone_from,
            zone_otherwise=otherwise,
            locale=file.locale or "en",
            currency=_currency(file.currency, problems),
            calendar=_calendar(file.calendar),
        ),
        groups=_groups(file.groups, problems),
        mix=tuple(read_mix(keys, categories) for keys in file.mix or ()),
    )


def _zones(keys: TimeZoneKeys | None, catalog: Catalog) -> tuple[tuple[str, ...], str]:
    if keys is None:
        return (), "UTC"
    keys.need()
    facts = [
        name
        for item in keys.from_ or ()
        if (name := _text_fact(item, catalog, keys.problems)) is not None
    ]
    otherwise = keys.otherwise or "UTC"
    if not _is_zone(otherwise):
        keys.wrong("J09", "otherwise", unknown("time zone", otherwise, available_timezones()))
    return tuple(facts), otherwise


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _text_fact(node: Node, catalog: Catalog, problems: Problems) -> str | None:
    name = read_text(node, problems)
    if name is None or name in catalog.facts:
        return name
    meant = named_like(name, sorted(catalog.facts))
    problems.add(
        "J07", node, f"unknown fact {name}" + (f", did you mean {meant}?" if meant else "")
    )
    return None


def _currency(node: Node | None, problems: Problems) -> str | None:
    text = read_text(node, problems) if node else None
    if node and text and text not in CURRENCIES:
        problems.add("J09", node, f"a currency such as EUR, not {text}")
    return text or None


def _quiet_hours(keys: QuietHoursKeys | None) -> QuietHours | None:
    if keys is None:
        return _QUIET
    keys.need()
    start, end = keys.from_, keys.to
    then = keys.then or "hold"
    channels = [
        name for item in keys.channels or () if (name := _channel(item, keys.problems)) is not None
    ]
    if start is None or end is None:
        return None
    return QuietHours(start, end, then, frozenset(channels or CHANNELS))


def _channel(node: Node, problems: Problems) -> str | None:
    name = read_text(node, problems)
    if name is None or name in CHANNELS:
        return name
    problems.add("J07", node, unknown("channel", name, CHANNELS))
    return None


def _calendar(keys: CalendarKeys | None) -> ShopCalendar:
    if keys is None:
        return ShopCalendar()
    country, weekend = keys.country or None, keys.weekend
    if country is not None and not zones_of_country(country):
        keys.wrong("J09", "country", f"a country such as FR, not {country}")
    days = frozenset(WEEKDAYS.index(day) for day in weekend or ())
    usual = ShopCalendar().weekend if weekend is None else days
    if len(usual) == len(WEEKDAYS):
        keys.wrong("J09", "weekend", "a week needs a day that is not weekend")
    return ShopCalendar(country, usual, frozenset(keys.closed or ()))


def _groups(node: Node | None, problems: Problems) -> Mapping[str, tuple[str, ...]]:
    if node is None:
        return {}
    if not isinstance(node.value, dict):
        problems.add(
            "J09", node, "groups is a mapping from name to the rules of a group, highest first"
        )
    for name, at in node.keys.items():
        if not is_kebab(name, problems):
            problems.add(
                "J09",
                at,
                f"{name}: a group is small letters, digits and hyphens, such as on-the-way",
            )
    return {name: _members(item, problems) for name, item in node.entries.items()}


def _members(node: Node, problems: Problems) -> tuple[str, ...]:
    names: list[str] = []
    for item in node.items:
        name = read_text(item, problems)
        if name in names:
            problems.add("J06", item, f"{name} stands in this group already")
        elif name is not None:
            names.append(name)
    return tuple(names)
