"""Rows as bytes, for a disk that nobody else reads."""

import pickle
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from enum import Enum
from io import BytesIO
from operator import attrgetter
from typing import Any

Reduced = str | tuple[Any, ...]


def packed(rows: Any) -> bytes:
    """Every row as its kind and its values, which takes a third of the time of a row that packs itself."""
    stored = BytesIO()
    packer = pickle.Pickler(stored, pickle.HIGHEST_PROTOCOL)
    packer.dispatch_table = _REDUCERS
    packer.dump(rows)
    return stored.getvalue()


def unpacked(stored: bytes) -> Any:
    """What was packed."""
    return pickle.loads(stored)  # noqa: S301  # written above, by nobody else


class _Reducers(dict[type, Callable[[Any], Reduced]]):
    """How each kind is packed; worked out when the first of it comes."""

    def __missing__(self, kind: type) -> Callable[[Any], Reduced]:
        self[kind] = reducer = _reducer(kind)
        return reducer


def _reducer(kind: type) -> Callable[[Any], Reduced]:
    if issubclass(kind, Enum):
        return lambda member: (kind, (member.value,))
    if is_dataclass(kind):
        values = attrgetter(*(field.name for field in fields(kind)))
        return lambda row: (kind, values(row))
    if issubclass(kind, type):
        return lambda named: named.__qualname__
    return lambda other: other.__reduce_ex__(pickle.HIGHEST_PROTOCOL)


_REDUCERS = _Reducers()
