"""The shapes of values in rule files: text, durations, lists, and the names that a folder knows."""

import re
from collections.abc import Collection, Iterable
from datetime import date, time
from typing import Any, TypeVar

from engine.catalog.values import Duration, FactType
from engine.conditions.problems import Problems
from engine.language.forms import Schema, ValueShape
from engine.language.nodes import Node
from engine.language.plain_values import (
    KEBAB,
    read_choice,
    read_clock,
    read_text,
    read_value,
)

T = TypeVar("T")

SCALAR: Schema = {"type": ["string", "number", "boolean"]}


def ref(name: str) -> Schema:
    """One of the definitions, which every schema carries for its own folder."""
    return {"$ref": f"#/definitions/{name}"}


def _node(node: Node, _: str, __: Problems) -> Node:
    return node


def _text(node: Node, _: str, problems: Problems) -> str | None:
    return read_text(node, problems)


def _length(node: Node, _: str, problems: Problems) -> Duration | None:
    value = read_value(node, FactType("duration"), problems)
    return value if isinstance(value, Duration) else None


def _flag(node: Node, _: str, problems: Problems) -> bool | None:
    value = read_value(node, FactType("boolean"), problems)
    return value if isinstance(value, bool) else None


def _day(node: Node, _: str, problems: Problems) -> date | None:
    value = read_value(node, FactType("date"), problems)
    return value if isinstance(value, date) else None


def _clock(node: Node, _: str, problems: Problems) -> time | None:
    return read_clock(node, problems)


def _share(node: Node, _: str, problems: Problems) -> float | None:
    value = read_value(node, FactType("number"), problems)
    if not isinstance(value, int | float):
        return None
    if not 0 <= value <= 100:  # noqa: PLR2004  # per cent
        problems.add("J09", node, f"a share of 0 to 100 per cent, not {value}")
    return float(value)


TEXT = ValueShape("a text", SCALAR, _text)
FLAG = ValueShape("`true` or `false`", {"type": "boolean"}, _flag)
LENGTH = ValueShape("a duration", ref("duration"), _length)
CLOCK = ValueShape("a time of day", ref("clock"), _clock)
DAY = ValueShape("a day", ref("day"), _day)
SHARE = ValueShape("a number of per cent", {"type": "number", "minimum": 0, "maximum": 100}, _share)
VERSION = ValueShape("`1`", {"enum": [1, "1"]}, _node)


def whole(least: int, less: str) -> ValueShape[int]:
    """A whole number; `less` is the message for one below the least, with the number in `{}`."""

    def read(node: Node, _: str, problems: Problems) -> int | None:
        value = read_value(node, FactType("integer"), problems)
        if not isinstance(value, int):
            return None
        if value < least:
            problems.add("J09", node, less.format(value))
        return value

    return ValueShape(f"a whole number from {least}", {"type": "integer", "minimum": least}, read)


def word(options: Collection[Any], what: str = "") -> ValueShape[Any]:
    """One of some words; `what` they are in a message, the key if nothing is said."""
    names = list(options) if isinstance(options, tuple) else sorted(options)

    def read(node: Node, key: str, problems: Problems) -> str | None:
        return read_choice(node, what or key, options, problems)

    return ValueShape(_or(f"`{name}`" for name in names), {"enum": names}, read)


def matching(pattern: re.Pattern[str], words: str) -> ValueShape[Node]:
    """A text of a certain spelling, which its reader checks."""
    return ValueShape(words, {"type": "string", "pattern": f"^({pattern.pattern})$"}, _node)


def name_of(definition: str, words: str) -> ValueShape[Node]:
    """A name that the folder or the catalog must know; its reader looks it up."""
    return ValueShape(words, ref(definition), _node)


def listed(item: ValueShape[T], *, empty: bool = True) -> ValueShape[tuple[T, ...]]:
    """A list; one bare item is a list of one. Without `empty` an editor asks for an item."""

    def read(node: Node, key: str, problems: Problems) -> tuple[T, ...]:
        found = (item.read(one, key, problems) for one in node.items)
        return tuple(one for one in found if one is not None)

    several = {"type": "array", "items": item.schema, **({} if empty else {"minItems": 1})}
    return ValueShape(
        f"{item.words}, or a list", {"anyOf": [item.schema, several]}, read, item.forms
    )


def words(of: str) -> ValueShape[Node]:
    """A list of words of one's own; its reader takes them."""
    several = {"type": "array", "items": SCALAR, "minItems": 1}
    return ValueShape(f"a list of {of}", several, _node)


def either(first: ValueShape[Any], *others: ValueShape[Any]) -> ValueShape[Node]:
    """One of several shapes; its reader finds out which."""
    shapes = (first, *others)
    forms = tuple(form for one in shapes for form in one.forms)
    schemas = [one.schema for one in shapes]
    return ValueShape(_or(one.words for one in shapes), {"anyOf": schemas}, _node, forms)


def by_name(
    inner: ValueShape[Any], spelled: re.Pattern[str] | None = None, what: str = "name"
) -> ValueShape[Node]:
    """A mapping from names to values of one shape."""
    names = {"propertyNames": {"pattern": f"^({spelled.pattern})$"}} if spelled else {}
    schema = {"type": "object", "additionalProperties": inner.schema, **names}
    return ValueShape(f"a mapping from {what} to {inner.words}", schema, _node, inner.forms)


def exactly(text: str) -> ValueShape[Node]:
    """This one word."""
    return ValueShape(f"`{text}`", {"enum": [text]}, _node)


def _or(words: Iterable[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


NODE = ValueShape("a value", SCALAR, _node)
KEBAB_NAME = ValueShape("small letters, digits and hyphens", matching(KEBAB, "").schema, _node)
CONDITION = name_of("condition", "a condition")
EVENT = name_of("event", "an event")
LISTENED = name_of("listened", "an event, perhaps `by the customer`")
OWN_EVENT = name_of("own_event", "an event of `catalog.yaml`")
FACT = name_of("fact", "a fact or an answer")
ADDRESSEE = name_of("addressee", "`order.contact`, `customer` or a fact that holds an address")
TEMPLATE = name_of("template", "a template")
CATEGORY = name_of("category", "a category")
CHANNEL = name_of("channel", "a channel")
GROUP = name_of("group", "a group of `policies.yaml`")
RULE = name_of("rule_id", "the id of a rule")
ACTION_NAME = name_of("action_name", "an action")
VALUES = by_name(ValueShape("a value or the name of a fact", SCALAR, _node), what="parameter")
