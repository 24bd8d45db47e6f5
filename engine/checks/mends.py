"""Mends that are certain: quotes around a text that readers take differently (J04), and around a
sentence YAML cut.
"""

import re
from collections.abc import Iterable, Iterator

from engine.checks.texts.unquoted_texts import ambiguous
from engine.conditions.condition import Position
from engine.conditions.problems import Problem, Problems
from engine.language.nodes import read_nodes
from engine.language.sentences.parser import Fault, parse_condition, parse_when

_CUT = "put the sentence in quotes"
_KEY = re.compile(r"(?:^|(?<=[\s{,-]))(?:(if|when|only_if|unless)[ \t]*:|-)[ \t]+(?=\S)")
# Where a value inside { } or [ ] may end.
_END = re.compile(r"(?=[ \t]*[,}\]])")


def mended(path: str, text: str, problems: Iterable[Problem]) -> str:
    """The text of a file with everything mended that is certain; `problems` are those
    of the file.
    """
    if text.splitlines() != text.removesuffix("\n").split("\n"):
        return text  # YAML counts lines at characters that editors do not
    for place, source in sorted(ambiguous(path, text), reverse=True):
        text = _replaced(text, place, source, f'"{source}"')
    for problem in problems:
        if problem.code == "J05" or (problem.code == "J01" and _CUT in problem.message):
            text = _quoted(text, problem.position)
    return text


def _replaced(text: str, at: Position, old: str, new: str) -> str:
    lines = text.split("\n")
    line = lines[at.line - 1]
    start = at.column - 1
    if line.startswith(old, start):
        lines[at.line - 1] = line[:start] + new + line[start + len(old) :]
    return "\n".join(lines)


def _quoted(text: str, at: Position) -> str:
    """The text with the sentence before this place in quotes, if it then is a sentence and its line
    can be read.
    """
    lines = text.split("\n")
    line = lines[at.line - 1]
    starts = [found for found in _KEY.finditer(line) if found.end() <= at.column]
    for found in reversed(starts):
        sentence = next(
            (
                one
                for one in _sentences(line, found.end())
                if _reads(one, is_when=found[1] == "when")
            ),
            None,
        )
        if sentence is not None:
            changed = _replaced(
                text, Position(at.file, at.line, found.end() + 1), sentence, _in_quotes(sentence)
            )
            return changed if _is_better(changed, at) else text
    return text


def _sentences(line: str, start: int) -> Iterator[str]:
    """What the sentence may be, the longest first."""
    ends = {len(line.rstrip()), *(found.start() for found in _END.finditer(line, start))}
    yield from (line[start:end].rstrip() for end in sorted(ends, reverse=True) if end > start)


def _reads(sentence: str, *, is_when: bool) -> bool:
    if sentence.startswith(('"', "'")) and sentence.endswith(sentence[0]):
        return False
    read = parse_when(sentence) if is_when else parse_condition(sentence)
    return not isinstance(read, Fault) and not getattr(read, "faults", ())


def _in_quotes(sentence: str) -> str:
    return (
        f'"{sentence}"'
        if not {'"', "\\"} & set(sentence)
        else "'" + sentence.replace("'", "''") + "'"
    )


def _is_better(text: str, at: Position) -> bool:
    found = Problems()
    read_nodes(at.file, text, found)
    return all(problem.position.line != at.line for problem in found)
