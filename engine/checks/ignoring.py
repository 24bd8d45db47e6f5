"""Comments that say why a finding stands: `# purna: ignore J25 the carrier tells us`; J40 where one says nothing.

Such a comment is about its own line or, on a line of its own, about the next line that is none.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from engine.rule import Position
from engine.ruleset import Problem

_COMMENT = re.compile(r"(?:^|(?<=\s)|(?<=\{))#[ \t]*purna:[ \t]*ignore\b[ \t]*(J\d\d)?[ \t]*(.*?)[ \t]*(?:#\}.*)?$")
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
            yield Ignored(Position(path, index + 1, found.start() + 1), found[1] or "", about + 1, found[2])


def sifted(
    problems: Iterable[Problem], files: Mapping[str, str], fixed: Collection[str] = (), *, told: bool = True
) -> Iterator[Problem]:
    """The problems that no comment ignores, and J40 for comments without a reason or a problem to ignore.

    `fixed` are codes that cannot be ignored, because without them there is nothing to read. `told` says whether every
    check was asked, so that a comment about none of their findings is one too many.
    """
    comments = [comment for path, text in files.items() for comment in ignored_in(path, text)]
    by_line = {(one.position.file, one.line, one.code): one for one in comments if one.code not in fixed}
    used: set[Ignored] = set()
    for problem in problems:
        place = (problem.position.file, problem.position.line, problem.code)
        if place in by_line:
            used.add(by_line[place])
        else:
            yield problem
    for comment in comments:
        if message := _complaint(comment, is_used=comment in used or not told, is_fixed=comment.code in fixed):
            yield Problem(comment.position, message, "J40")


def _complaint(comment: Ignored, *, is_used: bool, is_fixed: bool) -> str | None:
    if not comment.code:
        return "ignore names a code: `# purna: ignore J25 why`"
    if not comment.reason:
        return f"say why {comment.code} is ignored: `# purna: ignore {comment.code} why`"
    if is_fixed:
        return f"{comment.code} keeps the rules from being read; it cannot be ignored"
    return None if is_used else f"there is no {comment.code} here to ignore; take the comment out"
