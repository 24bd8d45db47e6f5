"""What a file that is not YAML was meant to be: the place where the mistake begins, not the one at
which a parser gives up.
"""

import re
from dataclasses import dataclass
from typing import Any

import yaml

from engine.conditions.condition import Position

# What YAML takes for a whole list, mapping or text, with the rest of a sentence behind it.
_CUT_VALUE = re.compile(r"""(?:: |- )[ ]*(?:\[[^\]]*\]|\{[^}]*\}|"[^"]*"|'[^']*')[ ]+$""")
_KEY_WITHOUT_COLON = re.compile(r"[ ]*(?:- +)*([a-z_]+)(?= +[^:\s]|\s*$)(?!.*:(?:\s|$))")
_KEY_OF_LIST = re.compile(r"[ ]*(?:- +)*([a-z_]+) +[\[{]")
_KEY = re.compile(r"([ ]*(?:- +)*)[A-Za-z_][\w-]*:(?:\s|$)")
_JOINERS = frozenset({"and", "or", "not", "in"})
_OF_A_SENTENCE = frozenset("[],!#*&%@`")
_CLOSING = {"[": "]", "{": "}"}
_QUOTES = ("'", '"')


@dataclass(frozen=True, slots=True)
class YamlPlace:
    """How far a file was read: the columns of the lists and mappings that are open, each on lines
    of its own, and the last text that was read, as an event of the parser.
    """

    file: str
    columns: tuple[int, ...]
    last: Any = None


Mistake = tuple[Position, str]


def begun(error: yaml.MarkedYAMLError, text: str, place: YamlPlace) -> Mistake:
    """Where the mistake begins, and what it most likely is."""
    lines = text.splitlines()
    found = (
        _missing_colon(error, lines, place.file)
        or _indented(error, lines, place)
        or _unclosed(error, lines, place)
    )
    if found is not None:
        return found
    mark = error.problem_mark or error.context_mark
    at = _position(place.file, mark) if mark else Position(place.file, 1, 1)
    return at, _explained(error.problem or error.context or "", lines, at)


def _position(file: str, mark: Any) -> Position:
    return Position(file, mark.line + 1, mark.column + 1)


def _missing_colon(error: yaml.MarkedYAMLError, lines: list[str], file: str) -> Mistake | None:
    """Where a key lacks its colon, and which; YAML finds fault with the line behind it."""
    problem = error.problem or ""
    tried: list[tuple[int, re.Pattern[str]]] = []
    if "could not find expected ':'" in problem and error.context_mark:
        tried = [(error.context_mark.line, _KEY_WITHOUT_COLON)]
    elif "mapping values" in problem and error.problem_mark:
        row = error.problem_mark.line
        tried = [(row, _KEY_OF_LIST), (row - 1, _KEY_WITHOUT_COLON)]
    for row, key in tried:
        found = key.match(lines[row]) if 0 <= row < len(lines) else None
        if found is not None and found[1] not in _JOINERS:
            at = Position(file, row + 1, found.end(1) + 1)
            return at, f"a colon is missing after `{found[1]}`"
    return None


def _indented(error: yaml.MarkedYAMLError, lines: list[str], place: YamlPlace) -> Mistake | None:
    """A line with a key or an item that stands beside none of those around it."""
    mark, problem = error.problem_mark, error.problem or ""
    if mark is None or not place.columns or mark.line >= len(lines):
        return None
    line = lines[mark.line]
    column = len(line) - len(line.lstrip()) + 1
    is_first = mark.column + 1 == column
    if "mapping values" in problem:
        key = _KEY.match(line)
        is_first = key is not None and line.index(":") == mark.column
    elif not problem.startswith("did not find expected") or "','" in problem:
        return None
    if not is_first or column in place.columns:
        return None
    beside = _column_above(lines[: mark.line]) or place.columns[-1]
    side = "right" if column > beside else "left"
    message = f"this line stands too far {side}: its neighbours begin in column {beside}"
    return Position(place.file, mark.line + 1, column), message


def _column_above(lines: list[str]) -> int | None:
    """Where the key of the line above begins."""
    above = next((line for line in reversed(lines) if line.strip(" ").strip("#")), "")
    key = _KEY.match(above)
    return key.end(1) + 1 if key else None


def _unclosed(error: yaml.MarkedYAMLError, lines: list[str], place: YamlPlace) -> Mistake | None:
    """A quote or bracket that is closed too late, by another one, or never."""
    opening, mark = error.context_mark, error.problem_mark
    context = error.context or ""
    if opening is None or mark is None:
        return None
    at, here = _position(place.file, opening), _character(lines, mark)
    if "quoted scalar" in context:
        return at, f"this {_character(lines, opening)} is never closed"
    if "flow" not in context:
        return _closed_late(mark, place)
    opener = _character(lines, opening)
    if here in _CLOSING.values() and here != _CLOSING.get(opener):
        return at, f"this {opener} is closed by {here} in {mark.line + 1}:{mark.column + 1}"
    if here not in _OF_A_SENTENCE and mark.line > opening.line:
        return at, f"this {opener} is never closed"
    return None


def _closed_late(mark: Any, place: YamlPlace) -> Mistake | None:
    """A text whose quote ended where the next one was to begin."""
    text = place.last
    if text is None or text.style not in _QUOTES:
        return None
    start, end = text.start_mark, text.end_mark
    if start.line == end.line or mark.line != end.line:
        return None
    message = f"this {text.style} is closed in line {end.line + 1} only"
    return _position(place.file, start), message


def _character(lines: list[str], mark: Any) -> str:
    return lines[mark.line][mark.column : mark.column + 1] if mark.line < len(lines) else ""


def _explained(problem: str, lines: list[str], at: Position) -> str:
    line = lines[at.line - 1] if at.line <= len(lines) else ""
    here, before = line[at.column - 1 : at.column], line[: at.column - 1]
    is_cut = here in {*_OF_A_SENTENCE} or _CUT_VALUE.search(before)
    hint = "; put the sentence in quotes" if is_cut else ""
    if "mapping values" in problem:
        hint = "; put a text with a colon in quotes"
    return f"this is not YAML: {problem}{hint}"
