"""Rows: values of which a decision makes dozens, as cheap to make as Python allows."""

from collections.abc import Callable
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


@cache
def _values_of(kind: type[Any]) -> Callable[[Any], tuple[Any, ...]]:
    """What reads every field at once; a row has at least two."""
    return attrgetter(*(one.name for one in fields(kind)))
