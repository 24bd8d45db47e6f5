"""A test as YAML, one line of the file for each line of the story."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

# Text that no reader of YAML takes for anything else.
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@/+-]*(?:[ :][A-Za-z0-9_.@/+-]+)*")
_NOT_TEXT = re.compile(r"[-+.\d_][-+.\d_e:]*|0x.*|true|false|yes|no|on|off|y|n|null", re.IGNORECASE)


def spelled_test(people: Mapping[str, Any], test: Mapping[str, Any]) -> str:
    """A file with one test; the keys of `test` in their order, `story` as a list of lines."""
    lines = [
        "version: 1",
        "people:",
        *(f"  {name}: {flow(one)}" for name, one in people.items()),
        "tests:",
    ]
    head = [f"{key}: {flow(value)}" for key, value in test.items() if key != "story"]
    lines += [f"  {'-' if number == 0 else ' '} {line}" for number, line in enumerate(head)]
    lines += ["    story:", *(f"      - {flow(line)}" for line in test["story"])]
    return "\n".join(lines) + "\n"


def flow(value: Any) -> str:
    """A value in one line."""
    match value:
        case Mapping():
            return "{" + ", ".join(f"{_key(key)}: {flow(one)}" for key, one in value.items()) + "}"
        case str():
            return (
                value
                if _PLAIN.fullmatch(value) and _is_text(value)
                else json.dumps(value, ensure_ascii=False)
            )
        case Sequence():
            return "[" + ", ".join(flow(one) for one in value) + "]"
        case _:
            return json.dumps(value)


def _key(key: str) -> str:
    return key if _PLAIN.fullmatch(key) and " " not in key else json.dumps(key, ensure_ascii=False)


def _is_text(value: str) -> bool:
    """Dates and moments are read as such, wherever they are expected, with quotes or without."""
    return not _NOT_TEXT.fullmatch(value) or bool(re.fullmatch(r"\d{4}-\d\d-\d\d", value))
