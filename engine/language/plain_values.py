"""The plain values of rule files: text, numbers, durations, dates and times of day.

Every reader of a value reports a problem and answers None where the value is not what it should be.
"""

import re
from collections.abc import Collection, Iterable
from datetime import time

from engine.catalog.values import (
    Duration,
    FactType,
    Value,
    WrongValue,
    canonical,
    parse_duration,
    typed,
)
from engine.conditions.problems import Problems, unknown
from engine.language.nodes import Node

CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
LONGEST = 100_000
# Names are kept in every row that they cause.
LONGEST_NAME = 100
_KEBAB, _SNAKE = r"[a-z0-9]+(-[a-z0-9]+)*", r"[a-z][a-z_0-9]*"
KEBAB = re.compile(rf"(?!.{{101}}){_KEBAB}")
SNAKE = re.compile(rf"(?!.{{101}}){_SNAKE}")
# Those of what was published before names had to be short.
_LONG_KEBAB, _LONG_SNAKE = re.compile(_KEBAB), re.compile(_SNAKE)
_SHOWN = 60


def unknown_key(key: str, what: str, allowed: Iterable[str]) -> str:
    """The message for a key that does not exist, with all that do."""
    names = sorted(allowed)
    first, _, more = key.partition(" ")
    if more and first in names:
        return f"a colon is missing after `{first}`"
    message = unknown("key", key, names)
    if "known:" in message:
        return message
    stop = "" if message.endswith("?") else "."
    return f"{message}{stop} Keys of {what}: {', '.join(names)}"


def shortened(text: str) -> str:
    """A text in a message, cut where nobody would read on."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def no_name(text: str) -> str:
    """The message for a name that is none."""
    if len(text) > LONGEST_NAME:
        return f"{shortened(text)}: a name has at most {LONGEST_NAME} characters"
    return f"{text} is no name: small letters, digits and _"


def value_words(node: Node) -> str:
    """A value in the words of a message."""
    if isinstance(node.value, list):
        return "a list"
    if isinstance(node.value, dict):
        return "a mapping"
    return "nothing" if node.value is None else node.text[:60]


def read_text(node: Node, problems: Problems) -> str | None:
    """Any scalar as text, as it is written."""
    if isinstance(node.value, list | dict) or node.value is None:
        hint = "; a text that begins with { or [ needs quotes" if node.value is not None else ""
        problems.add("J09", node, f"a text, not {value_words(node)}{hint}")
        return None
    return node.text


def read_choice(node: Node, what: str, options: Collection[str], problems: Problems) -> str | None:
    """One of some words."""
    text = read_text(node, problems)
    if text is not None and text not in options:
        problems.add("J09", node, unknown(what, text, options))
        return None
    return text


def read_value(node: Node, kind: FactType, problems: Problems) -> Value:
    """A value of a type."""
    try:
        raw = node.plain
        if kind.kind == "duration" and not isinstance(raw, list | dict | bool):
            return _length(node.text)
        if kind.kind == "text" and not isinstance(raw, list | dict):
            return node.text
        value = typed(kind, canonical(kind, raw), "UTC")
    except (WrongValue, OverflowError) as wrong:
        problems.add(
            "J09",
            node,
            str(wrong) if isinstance(wrong, WrongValue) else "a date beyond the calendar",
        )
        return None
    if kind.kind == "enum" and value not in kind.values:
        problems.add("J09", node, unknown("value", str(value), kind.values))
        return None
    return value


def _length(spelled: str) -> Duration:
    length = parse_duration(spelled)
    if length.amount > LONGEST:
        raise WrongValue(f"a duration of at most {LONGEST} {length.unit}s")
    return length


def read_clock(node: Node, problems: Problems) -> time | None:
    """A time of day such as 21:00."""
    text = read_text(node, problems)
    if text is None:
        return None
    if not CLOCK.fullmatch(text):
        problems.add("J09", node, f"a time of day such as 21:00, not {text}")
        return None
    return time.fromisoformat(text)


def is_name(text: str, problems: Problems) -> bool:
    """Whether a text is a name such as return_window."""
    spelled = _LONG_SNAKE if problems.of_published else SNAKE
    return spelled.fullmatch(text) is not None


def is_kebab(text: str, problems: Problems) -> bool:
    """Whether a text is a name such as parcel-on-its-way."""
    spelled = _LONG_KEBAB if problems.of_published else KEBAB
    return spelled.fullmatch(text) is not None
