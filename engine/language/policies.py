"""policies.yaml: everything that decides between messages, with its defaults."""

from datetime import time
from typing import Literal, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from engine.catalog import Catalog
from engine.conditions.reading import named_like
from engine.language.fields import Fields, check_version, read_clock, read_text
from engine.language.nodes import Node
from engine.language.problems import Problems, unknown
from engine.ruleset import CHANNELS, Cap, Category, Holdout, Ignorable, Policies, QuietHours
from engine.values import Duration, FactType

KEYS = frozenset({"version", "time_zone", "locale", "currency", "quiet_hours", "categories", "caps", "holdout"})
_CATEGORY_KEYS = frozenset({"id", "kind", "essential", "ignores", "asks_review", "title", "consent"})
_IGNORABLE: frozenset[Ignorable] = frozenset({"cap", "suppress", "holdout", "quiet_hours"})
_BY_KIND: dict[str, frozenset[Ignorable]] = {
    "transactional": frozenset({"cap", "suppress", "holdout"}),
    "marketing": frozenset(),
}
_DURATION = FactType("duration")
_QUIET = QuietHours(time(21), time(8))
Kind = Literal["transactional", "marketing"]
Consent = Literal["opt_in", "none"]
Then = Literal["hold", "drop"]


def default_categories() -> tuple[Category, ...]:
    """The categories of a shop that names none, highest first."""
    always = _BY_KIND["transactional"]
    return (
        Category("billing", "transactional", essential=True, ignores=always, consent="none"),
        Category("cancellation", "transactional", essential=True, ignores=_IGNORABLE, consent="none"),
        Category("delivery", "transactional", ignores=always, consent="none"),
        Category("service", "transactional", ignores=always, consent="none"),
        Category("review", "marketing", ignores=frozenset({"suppress"}), asks_review=True),
        *(Category(name, "marketing") for name in ("loyalty", "referral", "recommendation", "sales")),
    )


def read_policies(node: Node | None, catalog: Catalog, problems: Problems) -> Policies:
    """The policies; what the file leaves out, or the whole file, has its default."""
    if node is None:
        return Policies(default_categories(), _QUIET)
    fields = Fields(node, "policies.yaml", KEYS, problems)
    check_version(fields)
    zone_from, otherwise = _zones(fields, catalog)
    categories = _categories(fields)
    return Policies(
        categories=categories,
        quiet_hours=_quiet_hours(fields),
        caps=tuple(cap for item in fields.listed("caps") if (cap := _cap(item, categories, problems)) is not None),
        holdout=_holdout(fields, categories),
        zone_from=zone_from,
        zone_otherwise=otherwise,
        locale=fields.text("locale", "en"),
        currency=_currency(fields),
    )


def _zones(fields: Fields, catalog: Catalog) -> tuple[tuple[str, ...], str]:
    if (node := fields.get("time_zone")) is None:
        return (), "UTC"
    zones = Fields(node, "time_zone", {"from", "otherwise"}, fields.problems)
    zones.need("otherwise")
    facts = [name for item in zones.listed("from") if (name := _text_fact(item, catalog, fields.problems)) is not None]
    otherwise = zones.text("otherwise", "UTC")
    if not _is_zone(otherwise):
        known = available_timezones()
        fields.problems.add("J09", node.entries["otherwise"], unknown("time zone", otherwise, known))
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
    problems.add("J07", node, f"unknown fact {name}" + (f", did you mean {meant}?" if meant else ""))
    return None


def _currency(fields: Fields) -> str | None:
    text = fields.text("currency")
    if text and not (len(text) == 3 and text.isascii() and text.isupper()):  # noqa: PLR2004  # letters of an ISO 4217 code
        fields.problems.add("J09", fields.node.entries["currency"], f"a currency such as EUR, not {text}")
    return text or None


def _quiet_hours(fields: Fields) -> QuietHours | None:
    if (node := fields.get("quiet_hours")) is None:
        return _QUIET
    quiet = Fields(node, "quiet_hours", {"from", "to", "then", "channels"}, fields.problems)
    quiet.need("from", "to")
    start, end = (read_clock(c, fields.problems) if (c := quiet.get(key)) else None for key in ("from", "to"))
    then = cast("Then", quiet.choice("then", {"hold", "drop"}, "hold"))
    channels = [name for item in quiet.listed("channels") if (name := _channel(item, fields.problems)) is not None]
    if start is None or end is None:
        return None
    return QuietHours(start, end, then, frozenset(channels or CHANNELS))


def _channel(node: Node, problems: Problems) -> str | None:
    name = read_text(node, problems)
    if name is None or name in CHANNELS:
        return name
    problems.add("J07", node, unknown("channel", name, CHANNELS))
    return None


def _categories(fields: Fields) -> tuple[Category, ...]:
    if (node := fields.get("categories")) is None:
        return default_categories()
    found: dict[str, Category] = {}
    for item in node.items:
        category = _category(item, fields.problems)
        if category is not None and category.id in found:
            fields.problems.add("J06", item, f"category {category.id} is named twice")
        elif category is not None:
            found[category.id] = category
    return tuple(found.values())


def _category(node: Node, problems: Problems) -> Category | None:
    fields = Fields(node, "a category", _CATEGORY_KEYS, problems)
    if not fields.need("id", "kind"):
        return None
    kind = fields.choice("kind", _BY_KIND, "")
    ignores = [name for item in fields.listed("ignores") if (name := _ignorable(item, problems)) is not None]
    consent = fields.choice("consent", {"opt_in", "none"}, "opt_in" if kind == "marketing" else "none")
    if not kind:
        return None
    return Category(
        id=fields.text("id"),
        kind=cast("Kind", kind),
        essential=fields.flag("essential"),
        ignores=frozenset(ignores) if fields.get("ignores") is not None else _BY_KIND[kind],
        asks_review=fields.flag("asks_review"),
        title=fields.text("title"),
        consent=cast("Consent", consent),
    )


def _ignorable(node: Node, problems: Problems) -> Ignorable | None:
    text = read_text(node, problems)
    if text is None or text in _IGNORABLE:
        return text
    problems.add("J09", node, unknown("gate", text, _IGNORABLE))
    return None


def _named(fields: Fields, categories: tuple[Category, ...]) -> tuple[str, ...]:
    known = [category.id for category in categories]
    names: list[str] = []
    for item in fields.listed("categories"):
        text = read_text(item, fields.problems)
        if text in known:
            names.append(str(text))
        elif text is not None:
            fields.problems.add("J07", item, unknown("category", text, known))
    return tuple(names)


def _cap(node: Node, categories: tuple[Category, ...], problems: Problems) -> Cap | None:
    fields = Fields(node, "a cap", {"at_most", "per", "categories", "then", "valid_for"}, problems)
    fields.need("at_most", "per", "categories")
    at_most, per = fields.value("at_most", FactType("integer")), fields.value("per", _DURATION)
    valid_for = fields.value("valid_for", _DURATION)
    named = _named(fields, categories)
    then = cast("Then", fields.choice("then", {"hold", "drop"}, "hold"))
    if not isinstance(at_most, int) or not isinstance(per, Duration):
        return None
    if at_most < 0:
        problems.add("J09", node.entries["at_most"], f"a cap is 0 or more, not {at_most}")
    return Cap(at_most, per, named, then, cast("Duration | None", valid_for))


def _holdout(fields: Fields, categories: tuple[Category, ...]) -> Holdout | None:
    if (node := fields.get("holdout")) is None:
        return None
    holdout = Fields(node, "holdout", {"percent", "by", "salt", "categories"}, fields.problems)
    holdout.need("percent", "salt", "categories")
    holdout.choice("by", {"customer.id"}, "customer.id")
    percent = holdout.value("percent", FactType("number"))
    named = _named(holdout, categories)
    if not isinstance(percent, int | float):
        return None
    if not 0 <= percent <= 100:  # noqa: PLR2004  # per cent
        fields.problems.add("J09", node.entries["percent"], f"a share of 0 to 100 per cent, not {percent}")
    return Holdout(float(percent), holdout.text("salt"), frozenset(named))
