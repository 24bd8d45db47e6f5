"""Everything that is wrong with a folder of rules, as a compiler would tell it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from activities.channels.providers import served
from engine.checks import CERTAIN, Folder, checked, severity
from engine.checks.texts.unquoted_texts import check_unquoted
from engine.conditions.problems import Problem, Problems, describe
from engine.language.ignore_comments import EVERY_CODE, sifted
from engine.language.nodes import decoded
from engine.language.reader import read_folder
from engine.rules.ruleset import Ruleset
from operations.cannot_run import Findings
from operations.rules.folder_templates import template_problems, template_reads, template_uses
from operations.rules.mended_files import mended_files, replace_file
from operations.rules.rules_folder import known_actions, read_files, read_rules

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


def sound_rules(folder: Path, today: date, *, otherwise: str) -> Ruleset:
    """The rules of a folder in which `check` finds no error; else `Findings` with all of them, and
    what follows.
    """
    try:
        ruleset = read_rules(folder)
    except Findings as findings:
        raise Findings(f"{findings}; {otherwise}") from None
    found = check(folder, today)
    if found.errors:
        raise Findings("\n".join(found.lines()) + f"; {otherwise}")
    return ruleset


def check(
    folder: Path, today: date, *, fix: bool = False, of_log: LogCheck | None = None
) -> Checked:
    """Everything that is wrong with a folder of rules; `CannotRun` if it is none.

    `fix` writes what can be mended with certainty. `of_log` tells what a log says of the rules, as
    `log_usage` reads it.
    """
    files = read_files(folder)
    found = _problems_of(files, today)
    changed: dict[str, bytes] = {}
    for _ in range(_ROUNDS if fix else 0):
        news = dict(mended_files(files | changed, found.texts, found.problems))
        if not news:
            break
        changed |= news
        found = _problems_of(files | changed, today)
    for path, content in changed.items():
        replace_file(folder / path, content)
    if of_log is not None:
        found = _problems_of(files | changed, today, of_log)
    return Checked(found.problems, found.texts, tuple(sorted(changed)))


def _problems_of(files: Mapping[str, bytes], today: date, heard: LogCheck | None = None) -> Checked:
    texts = {
        path: text
        for path, raw in files.items()
        if (text := decoded(path, raw, Problems())) is not None
    }
    faulty, spelled = template_problems(texts), list(check_unquoted(texts))
    reading = read_folder(files, known_actions())
    broken = {one.position.file for one in reading.mistakes if one.code == "J01"}
    faulty = tuple(one for one in faulty if one.position.file not in broken)
    unread = broken | {problem.position.file for problem in faulty}
    readable = {path: text for path, text in texts.items() if path not in unread}
    if reading.mistakes or reading.ruleset is None:
        said = list(_of_the_readable(reading.ruleset, readable, today))
        mistakes = [*faulty, *reading.mistakes]
        found = sifted([*spelled, *said], texts, mistakes, unasked=EVERY_CODE)
        return Checked(tuple(sorted(set(found))), texts)
    said = [*reading.doubts, *checked(folder_of(reading.ruleset, readable, today))]
    if heard is not None:
        said += heard(reading.ruleset)
    found = sifted([*spelled, *said], texts, faulty, unasked=() if heard else _OF_A_LOG)
    return Checked(tuple(sorted(set(found))), texts)


def _of_the_readable(ruleset: Ruleset | None, texts: Texts, today: date) -> Iterable[Problem]:
    """What the checks say of the rules that can be read beside others that cannot."""
    if ruleset is None:
        return ()
    return checked(folder_of(ruleset, texts, today), CERTAIN)


def folder_of(ruleset: Ruleset, texts: Texts, today: date) -> Folder:
    """A ruleset with its tests and with what its templates read; `texts` without those that cannot
    be read.
    """
    tests = {path: text for path, text in texts.items() if path.endswith(".test.yaml")}
    return Folder(ruleset, today, tests, template_reads(texts), template_uses(texts), served())


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
