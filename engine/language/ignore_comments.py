"""Comments that say why a finding stands: `# purna: ignore J25 the carrier tells us`; J40 where one
says nothing.

Such a comment is about its own line or, on a line of its own, about the next line that is none.
"""

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass

from engine.conditions.condition import Position
from engine.conditions.problems import Problem

_COMMENT = re.compile(
    r"(?:^|(?<=\s)|(?<=\{))#[ \t]*purna:[ \t]*ignore\b[ \t]*(J\d\d)?[ \t]*(.*?)[ \t]*(?:#\}.*)?$"
)
EVERY_CODE = frozenset(f"J{number:02}" for number in range(1, 100))
_ALONE = re.compile(r"[ \t]*(?:\{?#.*)?")


@dataclass(frozen=True, slots=True)
class Ignored:
    """A comment: which code it is about, in which line, and why."""

    position: Position
    code: str
    line: int
    reason: str


def ignored_in(path: str, text: str) -> Iterator[Ignored]:
    """The comments of a file."""
    if "purna:" not in text:
        return
    lines = text.splitlines()
    for index, line in enumerate(lines):
        if found := _COMMENT.search(line):
            about = index
            while about < len(lines) - 1 and _ALONE.fullmatch(lines[about]):
                about += 1
            yield Ignored(
                Position(path, index + 1, found.start() + 1), found[1] or "", about + 1, found[2]
            )


def not_ignored(problems: Iterable[Problem], files: Mapping[str, str]) -> Iterator[Problem]:
    """The problems that no comment ignores."""
    comments = _by_line(_comments(files))
    yield from (problem for problem in problems if _place(problem) not in comments)


def sifted(
    problems: Iterable[Problem],
    files: Mapping[str, str],
    fixed: Iterable[Problem] = (),
    *,
    unasked: Container[str] = (),
) -> Iterator[Problem]:
    """All problems but those that a comment ignores, and J40 for comments without a reason or a
    problem to ignore.

    The `fixed` ones cannot be ignored, because with them there is nothing to read. `unasked` are
    the codes for which nobody has looked, so that nobody knows whether a comment about them is one
    too many.
    """
    unread = tuple(fixed)
    stuck = set(map(_place, unread))
    comments = _comments(files)
    by_line = _by_line(comments)
    used: set[Ignored] = set()
    for problem in (*unread, *problems):
        comment = by_line.get(_place(problem))
        if comment is None or _place(problem) in stuck:
            yield problem
        else:
            used.add(comment)
    for comment in comments:
        needed = comment in used or comment.code in unasked
        if message := _complaint(comment, is_used=needed, is_fixed=_about(comment) in stuck):
            yield Problem(comment.position, message, "J40")


def _comments(files: Mapping[str, str]) -> list[Ignored]:
    return [comment for path, text in files.items() for comment in ignored_in(path, text)]


def _by_line(comments: Iterable[Ignored]) -> dict[tuple[str, int, str], Ignored]:
    return {_about(one): one for one in comments}


def _about(comment: Ignored) -> tuple[str, int, str]:
    return comment.position.file, comment.line, comment.code


def _place(problem: Problem) -> tuple[str, int, str]:
    return problem.position.file, problem.position.line, problem.code


def _complaint(comment: Ignored, *, is_used: bool, is_fixed: bool) -> str | None:
    if not comment.code:
        return "ignore names a code: `# purna: ignore J25 why`"
    if not comment.reason:
        return f"say why {comment.code} is ignored: `# purna: ignore {comment.code} why`"
    if is_fixed:
        return f"{comment.code} keeps the rules from being read; it cannot be ignored"
    return None if is_used else f"there is no {comment.code} here to ignore; take the comment out"
