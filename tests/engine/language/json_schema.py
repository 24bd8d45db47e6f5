"""As much of JSON Schema (draft 7) as our schema uses, to ask it about rule files; it knows no
other word.
"""

# every word of a schema is asked alike

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


def faults(
    value: Any, schema: Mapping[str, Any], root: Mapping[str, Any] | None = None
) -> list[str]:
    """What is wrong with a value, each with its path; empty if nothing is."""
    return list(_faults(value, schema, root or schema, ""))


def _faults(
    value: Any, schema: Mapping[str, Any], root: Mapping[str, Any], at: str
) -> Iterator[str]:
    if "$ref" in schema:
        assert len(schema) == 1, f"draft 7 reads nothing beside $ref: {schema}"
        yield from _faults(value, root["definitions"][schema["$ref"].rpartition("/")[2]], root, at)
        return
    if "if" in schema:
        branch = "else" if list(_faults(value, schema["if"], root, at)) else "then"
        yield from _faults(value, schema.get(branch, {}), root, at)
    for word, said in schema.items():
        yield from _WORDS[word](
            value, said, schema, lambda v, s, p: _faults(v, s, root, f"{at}/{p}")
        )


Ask = Callable[[Any, Mapping[str, Any], str], Iterator[str]]


def _is_of(value: Any, kinds: Any) -> bool:
    named = kinds if isinstance(kinds, list) else [kinds]
    return any(
        isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))
        for kind in named
    )


def _type(value: Any, said: Any, _: Any, ask: Ask) -> Iterator[str]:
    if not _is_of(value, said):
        yield f"{value!r} is not {said}"


def _enum(value: Any, said: Any, _: Any, ask: Ask) -> Iterator[str]:
    if value not in said:
        yield f"{value!r} is none of {len(said)} words"


def _pattern(value: Any, said: str, _: Any, ask: Ask) -> Iterator[str]:
    if isinstance(value, str) and not re.search(said, value):
        yield f"{value!r} is not written like {said}"


def _required(value: Any, said: list[str], _: Any, ask: Ask) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (f"{key} is missing" for key in said if key not in value)


def _properties(
    value: Any, said: Mapping[str, Any], schema: Mapping[str, Any], ask: Ask
) -> Iterator[str]:
    for key, inner in value.items() if isinstance(value, dict) else ():
        if key in said:
            yield from ask(inner, said[key], key)


def _additional(value: Any, said: Any, schema: Mapping[str, Any], ask: Ask) -> Iterator[str]:
    for key, inner in value.items() if isinstance(value, dict) else ():
        if key in schema.get("properties", {}):
            continue
        if said is False:
            yield f"{key} is no key here"
        else:
            yield from ask(inner, said, key)


def _items(value: Any, said: Mapping[str, Any], _: Any, ask: Ask) -> Iterator[str]:
    for number, inner in enumerate(value if isinstance(value, list) else ()):
        yield from ask(inner, said, str(number))


def _any_of(value: Any, said: list[Mapping[str, Any]], _: Any, ask: Ask) -> Iterator[str]:
    found = [list(ask(value, one, "")) for one in said]
    if all(found):
        yield from (fault for one in found for fault in one)


def _all_of(value: Any, said: list[Mapping[str, Any]], _: Any, ask: Ask) -> Iterator[str]:
    for one in said:
        yield from ask(value, one, "")


def _names(value: Any, said: Mapping[str, Any], _: Any, ask: Ask) -> Iterator[str]:
    for key in value if isinstance(value, dict) else ():
        yield from ask(key, said, key)


def _least(value: Any, said: int, _: Any, ask: Ask) -> Iterator[str]:
    if isinstance(value, dict | list) and len(value) < said:
        yield f"fewer than {said}"


def _most(value: Any, said: int, _: Any, ask: Ask) -> Iterator[str]:
    if isinstance(value, dict) and len(value) > said:
        yield f"more than {said}"


def _minimum(value: Any, said: int, _: Any, ask: Ask) -> Iterator[str]:
    if isinstance(value, int) and value < said:
        yield f"{value} is less than {said}"


def _silent(value: Any, said: Any, _: Any, ask: Ask) -> Iterator[str]:
    yield from ()


_WORDS: Mapping[str, Callable[[Any, Any, Mapping[str, Any], Ask], Iterator[str]]] = {
    "type": _type, "enum": _enum, "pattern": _pattern, "required": _required,
    "properties": _properties,
    "additionalProperties": _additional, "items": _items, "anyOf": _any_of, "allOf": _all_of,
    "propertyNames": _names,
    "minProperties": _least, "minItems": _least, "maxProperties": _most, "minimum": _minimum,
    **dict.fromkeys(("$schema", "title", "description", "definitions", "if", "then", "else"),
    _silent),
}  # fmt: skip
