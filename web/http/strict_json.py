"""JSON as RFC 8259 has it and no more: what two readers might understand differently is refused."""

import json
import math
import re
from typing import Any, NoReturn

MAX_DEPTH = 32
# Reading a million empty lists would keep everybody else waiting; a full batch has some twenty
# thousand values.
MAX_VALUES = 100_000
# PostgreSQL's bigint; longer numbers are read differently by different programs.
_MAX_INTEGER = 2**63
_LONGEST_INTEGER = len(str(-_MAX_INTEGER))
# Also one that does not end: every quote begins a match, so nothing is looked at twice.
_TEXT = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)

_EMPTY = re.compile(rb"\[[ \t\r\n]*+\]|\{[ \t\r\n]*+\}")


class NotJson(ValueError):
    """The text says what is wrong and, where known, at which line and column."""


def read_json(raw: bytes) -> Any:
    """The value of a document. Raises NotJson.

    Refused beside broken JSON: NaN and Infinity, keys said twice, more than 32 levels, and more than
    100,000 values. A number that is longer than programs read alike is infinite: whoever needs that
    number refuses it, and nobody else. NUL and halves of surrogate pairs are read as they stand: see
    `storable`.
    """
    _check_count(raw)
    try:
        value = _DECODER.decode(raw.decode())
    except UnicodeDecodeError:
        raise NotJson("is not UTF-8") from None
    except RecursionError:
        raise NotJson(f"is nested deeper than {MAX_DEPTH} levels") from None
    except json.JSONDecodeError as error:
        raise NotJson(
            f"is not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        ) from None
    _check_depth(value)
    return value


def _check_count(raw: bytes) -> None:
    """By the signs before and between values, so that nothing is read of what is too much."""
    if _signs(raw) < MAX_VALUES:
        return
    bare = _TEXT.sub(b"0", raw)
    if _signs(bare) - len(_EMPTY.findall(bare)) >= MAX_VALUES:
        raise NotJson(f"has more than {MAX_VALUES} values")


def _signs(raw: bytes) -> int:
    return sum(map(raw.count, (b",", b"[", b"{")))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise NotJson("has a key twice in one object")
    return made


def _integer(text: str) -> int | float:
    if len(text) > _LONGEST_INTEGER or not -_MAX_INTEGER <= (value := int(text)) < _MAX_INTEGER:
        return -math.inf if text.startswith("-") else math.inf
    return value


def _constant(name: str) -> NoReturn:
    raise NotJson(f"has {name}, which is no JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_constant=_constant)


def _check_depth(value: Any) -> None:
    """Level by level: no recursion for a sender to exhaust."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(MAX_DEPTH):
        level = [inner for one in level for inner in _inside(one) if isinstance(inner, dict | list)]
    if level:
        raise NotJson(f"is nested deeper than {MAX_DEPTH} levels")


def _inside(one: dict[str, Any] | list[Any]) -> Any:
    return one.values() if isinstance(one, dict) else one
