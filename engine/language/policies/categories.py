"""The categories of policies.yaml, highest first, and lists of their names."""

from typing import cast, get_args

from engine.conditions.problems import Problems, unknown
from engine.language.fields import Fields, Form, read_text
from engine.language.nodes import Node
from engine.rules.policies import Category, CategoryKind, Consent, Ignorable

CATEGORY = Form(
    "a category", ("id", "kind"), ("essential", "ignores", "asks_review", "title", "consent")
)
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


def read_categories(fields: Fields) -> tuple[Category, ...]:
    """The categories of the file, which replace the default ones."""
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
    fields = CATEGORY.read(node, problems)
    if not fields.need(*CATEGORY.needed):
        return None
    kind = fields.choice("kind", _BY_KIND, "")
    ignores = [
        name
        for item in fields.listed("ignores")
        if (name := _ignorable(item, problems)) is not None
    ]
    consent = fields.choice(
        "consent", get_args(Consent), "opt_in" if kind == "marketing" else "none"
    )
    if not kind:
        return None
    return Category(
        id=fields.text("id"),
        kind=cast("CategoryKind", kind),
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


def named_categories(fields: Fields, key: str, categories: tuple[Category, ...]) -> tuple[str, ...]:
    """The names behind a key that are those of categories."""
    known = [category.id for category in categories]
    names: list[str] = []
    for item in fields.listed(key):
        text = read_text(item, fields.problems)
        if text in known:
            names.append(str(text))
        elif text is not None:
            fields.problems.add("J07", item, unknown("category", text, known))
    return tuple(names)
