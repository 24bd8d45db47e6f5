"""The pieces that sentences are read into, with the place of every part and what is
wrong with it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from engine.rules.rule import Trigger

PartPath = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """A mistake at a character of a sentence; `word` is a bare word where a fact should stand."""

    offset: int
    code: str
    message: str
    word: str | None = None


@dataclass(frozen=True, slots=True)
class SentencePart:
    """A piece of a condition: its JsonLogic, where it and its operands begin, and what is wrong
    with it.

    `written` keeps the digits of a number, because `1.500 IDR` is a mistake that 1.5 no longer
    shows.
    """

    logic: Any
    offset: int
    places: dict[PartPath, int] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    kind: Literal["value", "word", "condition"] = "value"
    depth: int = 1
    written: str = ""


@dataclass(frozen=True, slots=True)
class EventPhrase:
    """A trigger and where its parts are named: `name`, and where there are any `amount`, `since`,
    `at`, `count`.

    `7 days after NAME` is told as after an event; the catalog knows whether it is a date instead.
    """

    trigger: Trigger
    places: dict[str, int]


def joined(operator: str, parts: Iterable[SentencePart], offset: int | None = None) -> SentencePart:
    """An operator over its operands, whose places and faults it keeps."""
    operands = list(parts)
    places = {(i, *path): at for i, part in enumerate(operands) for path, at in part.places.items()}
    places |= {(i,): part.offset for i, part in enumerate(operands)}
    faults = tuple(fault for part in operands for fault in part.faults)
    depth = 1 + max(part.depth for part in operands)
    logic = {operator: [part.logic for part in operands]}
    start = operands[0].offset if offset is None else offset
    return SentencePart(logic, start, places, faults, "condition", depth)


def blamed(part: SentencePart, *faults: Fault) -> SentencePart:
    """The part with more faults."""
    return replace(part, faults=(*part.faults, *faults)) if faults else part
