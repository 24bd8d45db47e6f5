"""JSON as RFC 8259 has it and no more: what two readers might understand differently is refused."""

import json
import math
import re
from collections.abc import Iterator
from typing import Any, NoReturn

MAX_DEPTH = 32
# PostgreSQL's bigint; longer numbers are read differently by different programs.
_MAX_INTEGER = 2**63
_LONGEST_INTEGER = len(str(-_MAX_INTEGER))
# Only an escape can bring a NUL or half of a surrogate pair into a text that is valid UTF-8.
_SUSPECT = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")


class NotJson(ValueError):
    """The text says what is wrong and, where known, at which line and column."""


def read_json(raw: bytes) -> Any:
    """The value of a document. Raises NotJson.

    Refused beside broken JSON: NaN and Infinity, keys said twice, NUL, lone surrogates, integers
    beyond 64 bits, floats beyond double, more than 32 levels.
    """
    try:
        text = raw.decode()
        value = _DECODER.decode(text)
    except UnicodeDecodeError:
        raise NotJson("is not UTF-8") from None
    except RecursionError:
        raise NotJson(f"is nested deeper than {MAX_DEPTH} levels") from None
    except json.JSONDecodeError as error:
        raise NotJson(
            f"is not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        ) from None
    _check_depth(value)
    if _SUSPECT.search(text):
        _check_texts(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise NotJson("has a key twice in one object")
    return made


def _integer(text: str) -> int:
    if len(text) > _LONGEST_INTEGER or not -_MAX_INTEGER <= (value := int(text)) < _MAX_INTEGER:
        raise NotJson("has an integer beyond 64 bits")
    return value


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise NotJson("has a number beyond double precision")
    return value


def _constant(name: str) -> NoReturn:
    raise NotJson(f"has {name}, which is no JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant
)


def _check_depth(value: Any) -> None:
    """Level by level: no recursion for a sender to exhaust."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(MAX_DEPTH):
        level = [inner for one in level for inner in _inside(one) if isinstance(inner, dict | list)]
    if level:
        raise NotJson(f"is nested deeper than {MAX_DEPTH} levels")


def _check_texts(value: Any) -> None:
    for text in _texts(value):
        if "\x00" in text:
            raise NotJson("has a NUL in a text")
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise NotJson("has half of a surrogate pair in a text")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        if isinstance(value, dict):
            yield from value
        for inner in _inside(value):
            yield from _texts(inner)


def _inside(one: dict[str, Any] | list[Any]) -> Any:
    return one.values() if isinstance(one, dict) else one
