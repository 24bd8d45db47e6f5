"""Mistakes in rule files: collected while reading, so that all of them are told at once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from engine.catalog.catalog import closest
from engine.conditions.condition import Position

_WIDEST = 160
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in a rule file."""

    position: Position
    message: str
    code: str

    def __str__(self) -> str:
        return f"{self.position}: {self.message} [{self.code}]"


class InvalidRuleset(Exception):  # named for what it holds
    """Every problem of a folder of rules at once; nothing of it is used."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(map(str, self.problems)))


class Placed(Protocol):
    """Something that stands somewhere in a file."""

    @property
    def position(self) -> Position:
        """Where it stands."""


class Problems:
    """The mistakes found so far; their length is how many of them keep a file from being used.

    `of_published`: of files that are published, where limits set since then bind nobody.
    """

    def __init__(self, *, of_published: bool = False) -> None:
        self.of_published = of_published
        self._found: list[Problem] = []
        self._doubts: list[Problem] = []

    def __iter__(self) -> Iterator[Problem]:
        return iter((*self._found, *self._doubts))

    def __len__(self) -> int:
        return len(self._found)

    @property
    def fatal(self) -> tuple[Problem, ...]:
        """Those that keep a file from being used."""
        return tuple(self._found)

    @property
    def doubts(self) -> tuple[Problem, ...]:
        """Those beside which everything has a meaning all the same, so that a comment may ignore
        them.
        """
        return tuple(self._doubts)

    def doubt(self, code: str, at: Placed | Position, message: str) -> None:
        """A mistake beside which everything has a meaning all the same."""
        problem = Problem(at if isinstance(at, Position) else at.position, message, code)
        if problem not in self._doubts:
            self._doubts.append(problem)

    def add(self, code: str, at: Placed | Position, message: str) -> None:
        """One more mistake; the same one at the same place counts once."""
        problem = Problem(at if isinstance(at, Position) else at.position, message, code)
        if problem not in self._found:
            self._found.append(problem)


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """The message for a name that does not exist, with what was probably meant, else with all there
    is.
    """
    names, name = sorted(known), name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"
    if meant := closest(name, names):
        return f"unknown {kind} {name}, did you mean {meant}?"
    if 0 < len(names) <= 12:  # noqa: PLR2004  # more than a dozen names explain nothing
        return f"unknown {kind} {name}; known: {', '.join(names)}"
    return f"unknown {kind} {name}"


_NO_TEXT = "\N{REPLACEMENT CHARACTER}"  # of bytes that are not UTF-8


def describe(problem: Problem, source_text: str) -> str:
    """The problem as a terminal shows it: place and message, the line of the file, a caret under
    the column. A line that is no text is left out, and nothing in it reaches the terminal.
    """
    lines = source_text.splitlines()
    row, column = problem.position.line - 1, problem.position.column
    if row >= len(lines) or _NO_TEXT in lines[row]:
        return str(problem)
    line = "".join(one if one.isprintable() else " " for one in lines[row])
    shown, caret = _around(line, column - 1)
    return f"{problem}\n  {shown}\n  {' ' * caret}^"


def _around(line: str, at: int) -> tuple[str, int]:
    """The part of a line around a character, and where that stands in it; a short line is left
    whole.
    """
    if len(line) <= _WIDEST:
        return line, at
    start = max(0, min(at - _WIDEST // 2, len(line) - _WIDEST))
    before, behind = "…" if start else "", "…" if start + _WIDEST < len(line) else ""
    return before + line[start : start + _WIDEST] + behind, at - start + len(before)
