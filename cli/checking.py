"""`purna check`: everything that is wrong with a folder of rules, as a compiler would tell it."""

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from activities.channels.rendering.lint import names
from activities.channels.rendering.sandbox import Sandbox
from activities.channels.rendering.template_source import read
from activities.channels.rendering.templates import LAYOUT
from activities.channels.rendering.templates import problems as template_problems
from cli.usage import usage_of
from engine.checks import Folder, checked, severity
from engine.checks.mends import mended
from engine.checks.spelling import check_spelling
from engine.checks.usage import MOST_A_DAY
from engine.conditions.condition import Position
from engine.conditions.problems import InvalidRuleset, Problem, Problems, describe
from engine.language.ignore_comments import EVERY_CODE, sifted
from engine.language.nodes import decoded
from engine.language.reader import read_folder
from engine.rules.ruleset import Ruleset
from operations.cannot_run import Findings
from operations.rules_folder import known_actions, read_files, read_rules

_TEMPLATES = "templates/"
_TEXTS = Sandbox(autoescape=False)
# Each round may uncover a mistake that another one hid.
_ROUNDS = 20
# Found with a log only.
_OF_A_LOG = frozenset({"J37"})

Texts = Mapping[str, str]
LogCheck = Callable[[Ruleset], Iterable[Problem]]


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found, in which texts, and which files were mended."""

    problems: tuple[Problem, ...]
    texts: Texts
    mended: tuple[str, ...] = field(default=())

    @property
    def errors(self) -> int:
        """How many keep the rules from being published."""
        return sum(severity(problem.code) == "error" for problem in self.problems)

    @property
    def warnings(self) -> int:
        """How many do not."""
        return len(self.problems) - self.errors

    def is_good(self, *, strict: bool) -> bool:
        """Whether there are no errors; if strict, no warnings either."""
        return not self.problems if strict else not self.errors

    def to_json(self) -> dict[str, Any]:
        """For machines."""
        found = [problem_as_json(problem) for problem in self.problems]
        return {
            "problems": found,
            "errors": self.errors,
            "warnings": self.warnings,
            "mended": list(self.mended),
        }

    def lines(self) -> Iterator[str]:
        """For people: each problem with its line of the file, at last how many there are."""
        for problem in self.problems:
            yield described(problem, self.texts) + "\n"
        yield from (f"{path}: mended" for path in self.mended)
        yield f"{_many(self.errors, 'error')}, {_many(self.warnings, 'warning')}"


def sound_rules(folder: Path, *, otherwise: str) -> Ruleset:
    """The rules of a folder in which `check` finds no error; else `Findings` with all of them, and
    what follows.
    """
    try:
        ruleset = read_rules(folder)
    except Findings as findings:
        raise Findings(f"{findings}; {otherwise}") from None
    found = check(folder)
    if found.errors:
        raise Findings("\n".join(found.lines()) + f"; {otherwise}")
    return ruleset


def check(
    folder: Path,
    *,
    fix: bool = False,
    today: date | None = None,
    log: Path | None = None,
    most: int = MOST_A_DAY,
) -> Checked:
    """Everything that is wrong with a folder of rules, and what a log says of them; `CannotRun` if
    it is none.

    `most` firings of a rule on one day of the log are not too many.
    """
    files, day = read_files(folder), today or datetime.now(UTC).date()
    found = _problems_of(files, day)
    changed: dict[str, bytes] = {}
    for _ in range(_ROUNDS if fix else 0):
        news = dict(_mended(files | changed, found))
        if not news:
            break
        changed |= news
        found = _problems_of(files | changed, day)
    for path, content in changed.items():
        _write(folder / path, content)
    if log is not None:
        found = _problems_of(
            files | changed, day, lambda ruleset: usage_of(log, ruleset).problems(most)
        )
    return Checked(found.problems, found.texts, tuple(sorted(changed)))


def _problems_of(files: Mapping[str, bytes], today: date, heard: LogCheck | None = None) -> Checked:
    texts = {
        path: text
        for path, raw in files.items()
        if (text := decoded(path, raw, Problems())) is not None
    }
    faulty, spelled = _of_templates(texts), list(check_spelling(texts))
    try:
        reading = read_folder(files, known_actions())
    except InvalidRuleset as invalid:
        found = sifted(spelled, texts, [*faulty, *invalid.problems], unasked=EVERY_CODE)
        return Checked(tuple(sorted(set(found))), texts)
    unread = {problem.position.file for problem in faulty}
    readable = {path: text for path, text in texts.items() if path not in unread}
    said = [*reading.doubts, *checked(folder_of(reading.ruleset, readable, today))]
    if heard is not None:
        said += heard(reading.ruleset)
    found = sifted([*spelled, *said], texts, faulty, unasked=() if heard else _OF_A_LOG)
    return Checked(tuple(sorted(set(found))), texts)


def folder_of(ruleset: Ruleset, texts: Texts, today: date) -> Folder:
    """A ruleset with its tests and with what its templates read; `texts` without those that cannot
    be read.
    """
    tests = {path: text for path, text in texts.items() if path.endswith(".test.yaml")}
    reads = {path: _reads(path, text) for path, text in _templates(texts).items()}
    return Folder(ruleset, today, tests, reads)


def _templates(texts: Texts) -> dict[str, str]:
    kinds = (".md", ".html")
    return {
        path: text
        for path, text in texts.items()
        if path.startswith(_TEMPLATES) and path.endswith(kinds)
    }


def _of_templates(texts: Texts) -> list[Problem]:
    found = template_problems(
        {path.removeprefix(_TEMPLATES): text for path, text in _templates(texts).items()}
    )
    return [
        Problem(Position(_TEMPLATES + one.path, one.line, 1), one.message, "J24") for one in found
    ]


def _reads(path: str, text: str) -> frozenset[str]:
    """The dotted names that a file of templates reads."""
    if path == _TEMPLATES + LAYOUT:
        return names(text, _TEXTS)
    source, _ = read(path, text)
    parts = (*source.parts.values(), source.body)
    return frozenset().union(*(names(part.text, _TEXTS) for part in parts))


def _mended(files: Mapping[str, bytes], found: Checked) -> Iterator[tuple[str, bytes]]:
    """The files that can be mended with certainty, as they would be; line ends and a byte order
    mark are kept.
    """
    for path, text in found.texts.items():
        own = [problem for problem in found.problems if problem.position.file == path]
        if path.endswith(".yaml") and any(problem.code in {"J01", "J04", "J05"} for problem in own):
            new = mended(path, text, own)
            written = _as_before(files[path], text, new)
            if new != text and written is not None:
                yield path, written


def _as_before(raw: bytes, text: str, new: str) -> bytes | None:
    """The new text in the form of the old file; None if its lines end in several ways."""
    mark = "\ufeff" if raw.startswith("\ufeff".encode()) else ""
    for ending in ("\n", "\r\n"):
        if (mark + text.replace("\n", ending)).encode() == raw:
            return (mark + new.replace("\n", ending)).encode()
    return None


def _write(path: Path, content: bytes) -> None:
    """Replace a file at once: whoever reads it sees the old one or the new one."""
    path = path.resolve()
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(path.stat().st_mode & 0o777)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def described(problem: Problem, texts: Texts) -> str:
    """A finding as a terminal shows it, with its severity and its line of the file."""
    told = Problem(problem.position, f"{severity(problem.code)}: {problem.message}", problem.code)
    return describe(told, texts.get(problem.position.file, ""))


def problem_as_json(problem: Problem) -> dict[str, Any]:
    """A finding for machines."""
    at = problem.position
    place = {"file": at.file, "line": at.line, "column": at.column}
    return {
        **place,
        "code": problem.code,
        "severity": severity(problem.code),
        "message": problem.message,
    }


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'s'[: count != 1]}"
