"""policies.yaml: everything that decides between messages, with its defaults.

It is read in three steps: what stands by itself; what names templates and answers; and the
breakers, which name rules.
"""

from collections.abc import Mapping
from datetime import date, time
from typing import cast, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from engine.catalog.calendar import WEEKDAYS, QuietHours, ShopCalendar, Then, zones_of_country
from engine.catalog.catalog import Catalog
from engine.catalog.channels import CHANNELS
from engine.catalog.currencies import CURRENCIES
from engine.catalog.values import FactType
from engine.conditions.operators.references import named_like
from engine.conditions.problems import Problems, unknown
from engine.language.fields import (
    KEBAB,
    Fields,
    Form,
    check_version,
    read_choice,
    read_clock,
    read_text,
    read_value,
)
from engine.language.nodes import Node
from engine.language.policies.categories import default_categories, read_categories
from engine.language.policies.limits import read_cap, read_holdout, read_mix
from engine.rules.policies import Policies

POLICIES = Form(
    "policies.yaml",
    ("version",),
    (
        *(
            "time_zone",
            "locale",
            "currency",
            "calendar",
            "quiet_hours",
            "categories",
            "caps",
            "holdout",
        ),
        *("groups", "mix", "digest", "breakers", "attach", "recommend"),
    ),
)
TIME_ZONE = Form("time_zone", ("otherwise",), ("from",))
QUIET_HOURS = Form("quiet_hours", ("from", "to"), ("then", "channels"))
CALENDAR = Form("calendar", (), ("country", "weekend", "closed"))
_QUIET = QuietHours(time(21), time(8))


def read_policies(node: Node | None, catalog: Catalog, problems: Problems) -> Policies:
    """The policies; what the file leaves out, or the whole file, has its default."""
    if node is None:
        return Policies(default_categories(), _QUIET)
    fields = POLICIES.read(node, problems)
    check_version(fields)
    zone_from, otherwise = _zones(fields, catalog)
    categories = read_categories(fields)
    return Policies(
        categories=categories,
        quiet_hours=_quiet_hours(fields),
        caps=tuple(
            cap
            for item in fields.listed("caps")
            if (cap := read_cap(item, categories, problems)) is not None
        ),
        holdout=read_holdout(fields, categories),
        zone_from=zone_from,
        zone_otherwise=otherwise,
        locale=fields.text("locale", "en"),
        currency=_currency(fields),
        calendar=_calendar(fields),
        groups=_groups(fields),
        mix=tuple(read_mix(item, categories, problems) for item in fields.listed("mix")),
    )


def _zones(fields: Fields, catalog: Catalog) -> tuple[tuple[str, ...], str]:
    if (node := fields.get("time_zone")) is None:
        return (), "UTC"
    zones = TIME_ZONE.read(node, fields.problems)
    zones.need(*TIME_ZONE.needed)
    facts = [
        name
        for item in zones.listed("from")
        if (name := _text_fact(item, catalog, fields.problems)) is not None
    ]
    otherwise = zones.text("otherwise", "UTC")
    if not _is_zone(otherwise):
        known = available_timezones()
        fields.problems.add(
            "J09", node.entries["otherwise"], unknown("time zone", otherwise, known)
        )
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


def _currency(fields: Fields) -> str | None:
    text = fields.text("currency")
    if text and text not in CURRENCIES:
        fields.problems.add(
            "J09", fields.node.entries["currency"], f"a currency such as EUR, not {text}"
        )
    return text or None


def _quiet_hours(fields: Fields) -> QuietHours | None:
    if (node := fields.get("quiet_hours")) is None:
        return _QUIET
    quiet = QUIET_HOURS.read(node, fields.problems)
    quiet.need(*QUIET_HOURS.needed)
    start, end = (
        read_clock(c, fields.problems) if (c := quiet.get(key)) else None
        for key in QUIET_HOURS.needed
    )
    then = cast("Then", quiet.choice("then", get_args(Then), "hold"))
    channels = [
        name
        for item in quiet.listed("channels")
        if (name := _channel(item, fields.problems)) is not None
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


def _calendar(fields: Fields) -> ShopCalendar:
    if (node := fields.get("calendar")) is None:
        return ShopCalendar()
    calendar = CALENDAR.read(node, fields.problems)
    country = calendar.text("country") or None
    if country is not None and not zones_of_country(country):
        fields.problems.add("J09", node.entries["country"], f"a country such as FR, not {country}")
    days = [
        read_choice(item, "weekday", WEEKDAYS, fields.problems)
        for item in calendar.listed("weekend")
    ]
    weekend = frozenset(WEEKDAYS.index(day) for day in days if day is not None)
    closed = [
        read_value(item, FactType("date"), fields.problems) for item in calendar.listed("closed")
    ]
    usual = weekend if calendar.get("weekend") is not None else ShopCalendar().weekend
    if len(usual) == len(WEEKDAYS):
        fields.problems.add(
            "J09", node.entries["weekend"], "a week needs a day that is not weekend"
        )
    return ShopCalendar(country, usual, frozenset(day for day in closed if isinstance(day, date)))


def _groups(fields: Fields) -> Mapping[str, tuple[str, ...]]:
    if (node := fields.get("groups")) is None:
        return {}
    if not isinstance(node.value, dict):
        fields.problems.add(
            "J09", node, "groups is a mapping from name to the rules of a group, highest first"
        )
    for name, at in node.keys.items():
        if not KEBAB.fullmatch(name):
            fields.problems.add(
                "J09",
                at,
                f"{name}: a group is small letters, digits and hyphens, such as on-the-way",
            )
    return {name: _members(item, fields.problems) for name, item in node.entries.items()}


def _members(node: Node, problems: Problems) -> tuple[str, ...]:
    names: list[str] = []
    for item in node.items:
        name = read_text(item, problems)
        if name in names:
            problems.add("J06", item, f"{name} stands in this group already")
        elif name is not None:
            names.append(name)
    return tuple(names)
