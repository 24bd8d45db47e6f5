"""J04: text without quotes that other readers of YAML take for a number or a truth value.

A file passes through more hands than ours: editors, formatters, scripts. Those that follow YAML 1.1
read `NO` as false, `21:00` as 1260 and `01234` as 668.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from engine.checks.checked_folder import Checks, nodes_of, walk
from engine.conditions.condition import Position
from engine.conditions.problems import Problem

_OTHER: Mapping[Any, Any] = yaml.SafeLoader.yaml_implicit_resolvers
_TAKEN = {"bool": "true or false", "int": "a number", "float": "a number", "null": "nothing"}
_QUOTES = ('"', "'")


def check_unquoted(files: Mapping[str, str]) -> Checks:
    """Every such text of some YAML files."""
    for path, text in sorted(files.items()):
        for place, source in ambiguous(path, text):
            taken = _TAKEN[_read_as(source) or ""]
            yield Problem(
                place, f"other YAML readers take {source} for {taken}; put it in quotes", "J04"
            )


def ambiguous(path: str, text: str) -> Iterator[tuple[Position, str]]:
    """Each such text of a file and where it begins; `mode: off` is left alone."""
    root = nodes_of(path, text)
    lines = text.splitlines()
    for node in walk(root) if root is not None else ():
        listed = node.value if isinstance(node.value, list) else []
        values = [
            item for key, item in node.entries.items() if (key, item.value) != ("mode", "off")
        ]
        for one in (*listed, *values):
            if isinstance(one.value, str) and one.source == one.value and _is_taken(one.source):
                yield one.position, one.source
        for key, place in node.keys.items():
            if _is_taken_key(key) and not lines[place.line - 1].startswith(
                _QUOTES, place.column - 1
            ):
                yield place, key


def _is_taken(source: str) -> bool:
    return _read_as(source) in _TAKEN


def _is_taken_key(key: str) -> bool:
    """A key that is a number to us too means the same to everybody."""
    return _is_taken(key) and (not key.isdecimal() or key.startswith("0"))


def _read_as(source: str) -> str | None:
    """What YAML 1.1 makes of a plain text."""
    for tag, pattern in _OTHER.get(source[:1], ()):
        if pattern.match(source):
            return str(tag).rpartition(":")[2]
    return None
