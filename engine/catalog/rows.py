"""Rows: values of which a decision makes dozens, as cheap to make as Python allows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform

R = TypeVar("R")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def row(kind: type[R]) -> type[R]:
    """A frozen dataclass with slots, and frozen by the type check alone.

    Python's own `frozen=True` sets each field through a call: twenty of them cost two and a half
    times as much.
    """
    return dataclass(slots=True, unsafe_hash=True)(kind)


def changed(old: R, **changes: Any) -> R:
    """The same row with other values: `dataclasses.replace` at a third of its cost."""
    kind: Any = type(old)
    new: R = kind(*_values_of(kind)(old))
    for name, value in changes.items():
        setattr(new, name, value)  # nobody has seen it yet
    return new


def changed_in_parts(old: R, part_of: Mapping[str, str], changes: Mapping[str, Any]) -> R:
    """The same row with other values, also of rows inside it; `part_of` says in which field the
    row stands that has a value of this name.
    """
    whole: dict[str, Any] = {}
    parts: dict[str, dict[str, Any]] = {}
    for name, value in changes.items():
        part = part_of.get(name)
        if part is None:
            whole[name] = value
        else:
            parts.setdefault(part, {})[name] = value
    for part, values in parts.items():
        whole[part] = changed(getattr(old, part), **values)
    return changed(old, **whole)


@cache
def _values_of(kind: type[Any]) -> Callable[[Any], tuple[Any, ...]]:
    """What reads every field at once; a row has at least two."""
    return attrgetter(*(one.name for one in fields(kind)))
