"""`purna test`: every scenario of a rules folder, played on a store in memory with a virtual clock.

With `--live` each is played on real parts too, and has to come to the same.
"""

import asyncio
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.checking import described, problem_as_json, sound_rules
from cli.junit import junit
from engine.conditions.problems import Problems, describe
from engine.rules.ruleset import Ruleset
from engine.scenarios.agreement import Apart, apart
from engine.scenarios.comparison import TestVerdict, compared
from engine.scenarios.coverage import Coverage, covered
from engine.scenarios.files.test_files import read_scenarios
from engine.scenarios.play import Played, World, play
from engine.scenarios.report import differences, failure_report
from engine.scenarios.scenario import Scenario
from local.rehearsal.live.run import play_live
from operations.cannot_run import CannotRun, Findings, unusable
from operations.rules_folder import files_in, known_actions
from operations.simulated_letters import example, lacks, writer
from store.memory.stage import MemoryStage

SUFFIX = ".test.yaml"


@dataclass(frozen=True, slots=True)
class Tested:
    """What became of every test, what of the rules they have touched, and which did not come to the
    same live.
    """

    ruleset: Ruleset
    verdicts: Sequence[TestVerdict]
    coverage: Coverage
    sources: Mapping[str, str]
    apart: Sequence[Apart] = ()

    @property
    def is_good(self) -> bool:
        """Whether every test did as it should, live as simulated."""
        return all(one.is_good for one in self.verdicts) and not self.apart

    def count(self, outcome: str) -> int:
        """How many tests came out so."""
        return sum(one.outcome == outcome for one in self.verdicts)

    def text(self, *, with_coverage: bool) -> str:
        """For a person: what differs, then one line for all."""
        parts = [self._report(one) for one in self.verdicts if not one.is_good]
        parts += [one.text() for one in self.apart]
        parts += ["\n".join(self.coverage.lines())] if with_coverage else []
        return "\n\n".join([*parts, self._summary()]) + "\n"

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        return {
            "revision": self.ruleset.revision,
            "tests": len(self.verdicts),
            **{
                outcome: self.count(outcome)
                for outcome in ("passed", "failed", "todo", "unexpected")
            },
            "results": [_as_json(one) for one in self.verdicts],
            "problems": [problem_as_json(one.problem) for one in self.verdicts if one.problem],
            "apart": [_apart_as_json(one) for one in self.apart],
            "coverage": self.coverage.to_json(),
        }

    def _report(self, verdict: TestVerdict) -> str:
        if (problem := verdict.problem) is None:
            return failure_report(verdict, self.ruleset)
        return described(problem, self.sources)

    def _summary(self) -> str:
        counts = [
            (self.count("passed"), "passed"),
            (self.count("failed"), "failed"),
            (self.count("todo"), "todo"),
        ]
        counts.append((self.count("unexpected"), "todo that passes"))
        counts.append((len(self.apart), "not the same live as simulated"))
        return ", ".join(
            f"{number} {word}" for number, word in counts if number or word == "passed"
        )


def run_tests(path: Path, *, live: bool = False) -> Tested:
    """Play the tests of a folder, or of one file or folder within it; `CannotRun` if one of them
    makes no sense.

    If `live` they are played on real parts as well, and what became of them there is the result.
    """
    folder = _rules_folder(path)
    ruleset = _checked(folder)
    scenarios, sources = _read(folder, list(_files(path)), ruleset)
    world = World(MemoryStage, writer(), example, lacks)
    played = simulated = [_played(scenario, ruleset, world) for scenario in scenarios]
    if live:
        played = asyncio.run(play_live(scenarios, ruleset, _tell))
        _tell("")
    verdicts = [compared(one.scenario, one.seen) for one in played]
    differing = [
        one for pair in zip(played, simulated, strict=True) if (one := apart(*pair)).is_there
    ]
    return Tested(ruleset, verdicts, covered(ruleset, played), sources, differing)


def report(tested: Tested, *, as_json: bool, with_coverage: bool, junit_file: Path | None) -> None:
    """Print the results, and write them as JUnit XML if a file is named."""
    if junit_file is not None:
        try:
            junit_file.write_text(junit(tested.verdicts, tested.ruleset), "utf-8")
        except OSError as error:
            raise CannotRun(unusable(error)) from None
    sys.stdout.write(
        json.dumps(tested.to_json()) + "\n" if as_json else tested.text(with_coverage=with_coverage)
    )


def _played(scenario: Scenario, ruleset: Ruleset, world: World) -> Played:
    _tell(scenario.name)
    try:
        return play(scenario, ruleset, world)
    finally:
        _tell("")


def _tell(name: str) -> None:
    """Which test is played, for a person who waits."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{name}")


def _rules_folder(path: Path) -> Path:
    """The rules folder that a path is, or lies in."""
    if not path.exists():
        raise CannotRun(f"{path}: there is no such file or folder")
    if path.is_file() and not path.name.endswith(SUFFIX):
        raise CannotRun(f"{path} is no file of tests: its name does not end in {SUFFIX}")
    around = path.absolute()
    found = next((one for one in (around, *around.parents) if (one / "journeys").is_dir()), None)
    if found is None:
        raise CannotRun(
            f"{path} is no rules folder, and lies in none: there is no folder `journeys`"
        )
    return found


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path.absolute()
        return
    try:
        yield from (one for one in files_in(path.absolute()) if one.name.endswith(SUFFIX))
    except OSError as error:
        raise CannotRun(unusable(error)) from None


def _checked(folder: Path) -> Ruleset:
    try:
        return sound_rules(folder, otherwise="nothing was tested")
    except Findings as findings:
        raise CannotRun(f"the rules have problems\n\n{findings}") from None


def _read(
    folder: Path, files: Sequence[Path], ruleset: Ruleset
) -> tuple[list[Scenario], dict[str, str]]:
    """Every test of these files, and their texts; all mistakes of all of them at once."""
    problems, texts = Problems(), {}
    actions = known_actions()
    found: list[Scenario] = []
    for file in files:
        name = file.relative_to(folder).as_posix()
        try:
            texts[name] = file.read_bytes()
        except OSError as error:
            raise CannotRun(unusable(error)) from None
        found += read_scenarios(name, texts[name], ruleset, actions, problems)
    sources = {name: text.decode("utf-8", "replace") for name, text in texts.items()}
    if problems:
        lines = [describe(one, sources.get(one.position.file, "")) for one in sorted(problems)]
        raise CannotRun("\n\n".join(["the tests have problems", *lines]))
    if not found:
        raise CannotRun(f"{folder} has no tests: there is no test in a file *{SUFFIX}")
    return found, sources


def _as_json(verdict: TestVerdict) -> dict[str, Any]:
    scenario = verdict.scenario
    return {
        "file": scenario.position.file,
        "line": scenario.position.line,
        "name": scenario.name,
        "outcome": verdict.outcome,
        "differences": list(differences(verdict)),
    }


def _apart_as_json(one: Apart) -> dict[str, Any]:
    place = one.scenario.position
    return {
        "file": place.file,
        "line": place.line,
        "name": one.scenario.name,
        "live": one.live,
        "simulated": one.simulated,
    }
