"""Mappings of rule files key by key: what is allowed, what is compulsory, and the plain values
behind the keys.

Every reader of a value reports a problem and answers None where the value is not what it should be.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
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
KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SNAKE = re.compile(r"[a-z][a-z_0-9]*")


@dataclass(frozen=True, slots=True)
class Form:
    """What may stand in one kind of mapping: the keys that must, and those that may. Readers and
    editors share it.
    """

    what: str
    needed: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()

    @property
    def keys(self) -> frozenset[str]:
        """Every key that may stand there."""
        return frozenset((*self.needed, *self.optional))

    def read(self, node: Node, problems: Problems) -> "Fields":
        """A mapping as such a one; `Fields.need` tells what is missing."""
        return Fields(node, self.what, self.keys, problems)


class Fields:
    """One mapping, read by key."""

    def __init__(self, node: Node, what: str, allowed: Collection[str], problems: Problems) -> None:
        self.node, self.problems, self._what = node, problems, what
        if not isinstance(node.value, dict):
            problems.add("J09", node, f"{what} is a mapping of keys, not {value_words(node)}")
        for key in node.entries:
            if key not in allowed:
                problems.add(
                    "J02", node.keys.get(key, node.position), unknown_key(key, what, allowed)
                )

    def need(self, *keys: str) -> bool:
        """Whether all these keys are there; each one that is not is a problem."""
        missing = [key for key in keys if key not in self.node.entries]
        for key in missing:
            self.problems.add("J03", self.node, f"{self._what} needs {key}")
        return not missing

    def get(self, key: str) -> Node | None:
        """What stands behind a key."""
        return self.node.entries.get(key)

    def text(self, key: str, otherwise: str = "") -> str:
        """A text."""
        return (
            otherwise
            if (node := self.get(key)) is None
            else read_text(node, self.problems) or otherwise
        )

    def choice(self, key: str, options: Collection[str], otherwise: str) -> str:
        """One of some words."""
        if (node := self.get(key)) is None:
            return otherwise
        return read_choice(node, key, options, self.problems) or otherwise

    def flag(self, key: str, *, otherwise: bool = False) -> bool:
        """True or false."""
        if (node := self.get(key)) is None:
            return otherwise
        value = read_value(node, FactType("boolean"), self.problems)
        return value if isinstance(value, bool) else otherwise

    def value(self, key: str, kind: FactType) -> Value:
        """A value of a type; None if the key is not there."""
        return None if (node := self.get(key)) is None else read_value(node, kind, self.problems)

    def listed(self, key: str) -> list[Node]:
        """The items behind a key; a bare one is a list of one."""
        return [] if (node := self.get(key)) is None else node.items


def unknown_key(key: str, what: str, allowed: Iterable[str]) -> str:
    """The message for a key that does not exist, with all that do."""
    names = sorted(allowed)
    first, _, more = key.partition(" ")
    if more and first in names:
        return f"a colon is missing after `{first}`"
    message = unknown("key", key, names)
    return message if "known:" in message else f"{message} Keys of {what}: {', '.join(names)}"


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
        if kind.kind == "duration" and isinstance(raw, str):
            return _length(raw)
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


def check_version(fields: Fields) -> None:
    """Every file of the language says `version: 1`."""
    if fields.need("version") and (node := fields.node.entries["version"]).text != "1":
        fields.problems.add(
            "J09", node, f"version {value_words(node)} is not known here; this is version 1"
        )


def is_name(text: str) -> bool:
    """Whether a text is a name such as return_window."""
    return SNAKE.fullmatch(text) is not None
