"""A compiled condition, the place it stands at, and how each part of it was judged."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.catalog.values import Duration, Value


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a rule file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One part of a condition as it was judged: its sentence, what it read, and true, false or
    unknown (None).
    """

    text: str
    holds: bool | None
    read: tuple[tuple[str, Value], ...] = ()


@dataclass(frozen=True, slots=True)
class CountedEvent:
    """An event whose history a condition asks for: how long back, None for ever, and whether for
    every thing of the customer.
    """

    event: str
    within: Duration | None = None
    by_customer: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled condition. `holds` answers True, False or None for unknown; only True lets a rule
    act.

    It takes the facts as a mapping from dotted name to typed value, None for unknown, and never
    raises on them. `logic` is its JsonLogic, `text` the sentence as written or as said from raw
    JsonLogic, `counted` the events whose history it asks for (`number of …`, `happened`).
    """

    text: str
    logic: Any = field(hash=False)
    holds: Callable[[Mapping[str, Any]], bool | None] = field(compare=False)
    explain: Callable[[Mapping[str, Any]], tuple[Finding, ...]] = field(compare=False)
    reads: frozenset[str]
    position: Position
    counted: frozenset[CountedEvent] = frozenset()

    @property
    def counts(self) -> frozenset[str]:
        """The names of the events whose history it asks for."""
        return frozenset(one.event for one in self.counted)
