"""The shapes of values in rule files: text, durations, lists, and the names that a folder knows."""

import re
from collections.abc import Collection, Iterable
from datetime import date, time
from typing import Any, TypeVar

from engine.catalog.values import Duration, FactType
from engine.conditions.problems import Problems
from engine.language.forms import Schema, Shape
from engine.language.nodes import Node
from engine.language.plain_values import (
    KEBAB,
    SNAKE,
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


TEXT = Shape("a text", SCALAR, _text)
FLAG = Shape("`true` or `false`", {"type": "boolean"}, _flag)
LENGTH = Shape("a duration", ref("duration"), _length)
CLOCK = Shape("a time of day", ref("clock"), _clock)
DAY = Shape("a day", ref("day"), _day)
SHARE = Shape("a number of per cent", {"type": "number", "minimum": 0, "maximum": 100}, _share)
VERSION = Shape("`1`", {"enum": [1, "1"]}, _node)


def whole(least: int, less: str) -> Shape[int]:
    """A whole number; `less` is the message for one below the least, with the number in `{}`."""

    def read(node: Node, _: str, problems: Problems) -> int | None:
        value = read_value(node, FactType("integer"), problems)
        if not isinstance(value, int):
            return None
        if value < least:
            problems.add("J09", node, less.format(value))
        return value

    return Shape(f"a whole number from {least}", {"type": "integer", "minimum": least}, read)


def word(options: Collection[Any], what: str = "") -> Shape[Any]:
    """One of some words; `what` they are in a message, the key if nothing is said."""
    names = list(options) if isinstance(options, tuple) else sorted(options)

    def read(node: Node, key: str, problems: Problems) -> str | None:
        return read_choice(node, what or key, options, problems)

    return Shape(_or(f"`{name}`" for name in names), {"enum": names}, read)


def matching(pattern: re.Pattern[str], words: str) -> Shape[Node]:
    """A text of a certain spelling, which its reader checks."""
    return Shape(words, {"type": "string", "pattern": f"^({pattern.pattern})$"}, _node)


def named(definition: str, words: str) -> Shape[Node]:
    """A name that the folder or the catalog must know; its reader looks it up."""
    return Shape(words, ref(definition), _node)


def listed(item: Shape[T], *, empty: bool = True) -> Shape[tuple[T, ...]]:
    """A list; one bare item is a list of one. Without `empty` an editor asks for an item."""

    def read(node: Node, key: str, problems: Problems) -> tuple[T, ...]:
        found = (item.read(one, key, problems) for one in node.items)
        return tuple(one for one in found if one is not None)

    several = {"type": "array", "items": item.schema, **({} if empty else {"minItems": 1})}
    return Shape(f"{item.words}, or a list", {"anyOf": [item.schema, several]}, read, item.form)


def words(of: str) -> Shape[Node]:
    """A list of words of one's own; its reader takes them."""
    several = {"type": "array", "items": SCALAR, "minItems": 1}
    return Shape(f"a list of {of}", several, _node)


def either(first: Shape[Any], *others: Shape[Any]) -> Shape[Node]:
    """One of several shapes; its reader finds out which."""
    shapes = (first, *others)
    form = next((one.form for one in shapes if one.form), None)
    schemas = [one.schema for one in shapes]
    return Shape(_or(one.words for one in shapes), {"anyOf": schemas}, _node, form)


def by_name(
    inner: Shape[Any], spelled: re.Pattern[str] | None = None, what: str = "name"
) -> Shape[Node]:
    """A mapping from names to values of one shape."""
    names = {"propertyNames": {"pattern": f"^({spelled.pattern})$"}} if spelled else {}
    schema = {"type": "object", "additionalProperties": inner.schema, **names}
    return Shape(f"a mapping from {what} to {inner.words}", schema, _node, inner.form)


def exactly(text: str) -> Shape[Node]:
    """This one word."""
    return Shape(f"`{text}`", {"enum": [text]}, _node)


def _or(words: Iterable[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


NODE = Shape("a value", SCALAR, _node)
KEBAB_NAME = Shape("small letters, digits and hyphens", matching(KEBAB, "").schema, _node)
SNAKE_NAME = Shape("small letters, digits and `_`", matching(SNAKE, "").schema, _node)
CONDITION = named("condition", "a condition")
EVENT = named("event", "an event")
LISTENED = named("listened", "an event, perhaps `by the customer`")
OWN_EVENT = named("own_event", "an event of `catalog.yaml`")
FACT = named("fact", "a fact or an answer")
TEMPLATE = named("template", "a template")
CATEGORY = named("category", "a category")
CHANNEL = named("channel", "a channel")
GROUP = named("group", "a group of `policies.yaml`")
RULE = named("rule_id", "the id of a rule")
ACTION_NAME = named("action_name", "an action")
VALUES = by_name(Shape("a value or the name of a fact", SCALAR, _node), what="parameter")
