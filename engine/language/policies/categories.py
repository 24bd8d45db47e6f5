"""The categories of policies.yaml, highest first, and lists of their names."""

from collections.abc import Iterable
from typing import get_args

from engine.conditions.problems import Problems, unknown
from engine.language.nodes import Node
from engine.language.plain_values import read_text
from engine.language.policies.policy_keys import CategoryKeys
from engine.rules.policies import Category, Ignorable

_IGNORABLE: frozenset[Ignorable] = frozenset(get_args(Ignorable))
_BY_KIND: dict[str, frozenset[Ignorable]] = {
    "transactional": frozenset({"cap", "suppress", "holdout"}),
    "marketing": frozenset(),
}


def default_categories() -> tuple[Category, ...]:
    """The categories of a shop that names none, highest first."""
    always = _BY_KIND["transactional"]
    return (
        Category("billing", "transactional", essential=True, ignores=always, consent="none"),
        Category(
            "cancellation", "transactional", essential=True, ignores=_IGNORABLE, consent="none"
        ),
        Category("delivery", "transactional", ignores=always, consent="none"),
        Category("service", "transactional", ignores=always, consent="none"),
        Category("review", "marketing", ignores=frozenset({"suppress"}), asks_review=True),
        *(
            Category(name, "marketing")
            for name in ("loyalty", "referral", "recommendation", "sales")
        ),
    )


def read_categories(
    listed: Iterable[CategoryKeys] | None, problems: Problems
) -> tuple[Category, ...]:
    """The categories of the file, which replace the default ones."""
    if listed is None:
        return default_categories()
    found: dict[str, Category] = {}
    for keys in listed:
        category = _category(keys)
        if category is not None and category.id in found:
            problems.add("J06", keys.node, f"category {category.id} is named twice")
        elif category is not None:
            found[category.id] = category
    return tuple(found.values())


def _category(keys: CategoryKeys) -> Category | None:
    if not keys.need():
        return None
    kind, ignores = keys.kind, keys.ignores
    consent = keys.consent or ("opt_in" if kind == "marketing" else "none")
    if not kind:
        return None
    return Category(
        id=keys.id or "",
        kind=kind,
        essential=keys.essential or False,
        ignores=_BY_KIND[kind] if ignores is None else frozenset(ignores),
        asks_review=keys.asks_review or False,
        title=keys.title or "",
        consent=consent,
    )


def named_categories(
    nodes: Iterable[Node] | None, categories: tuple[Category, ...], problems: Problems
) -> tuple[str, ...]:
    """The names that are those of categories."""
    known = [category.id for category in categories]
    names: list[str] = []
    for item in nodes or ():
        text = read_text(item, problems)
        if text in known:
            names.append(str(text))
        elif text is not None:
            problems.add("J07", item, unknown("category", text, known))
    return tuple(names)
