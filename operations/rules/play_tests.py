"""Every scenario of a rules folder, played on a store in memory with a virtual clock."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from engine.conditions.problems import Problems, describe
from engine.rules.ruleset import Ruleset
from engine.scenarios.acceptance import accepted
from engine.scenarios.agreement import Apart, apart
from engine.scenarios.comparison import TestVerdict, compared
from engine.scenarios.coverage import Coverage, covered
from engine.scenarios.files.test_files import read_scenarios
from engine.scenarios.play import Played, World, play
from engine.scenarios.report import differences
from engine.scenarios.scenario import Scenario
from engine.scenarios.terms import Terms
from operations.cannot_run import CannotRun, Findings, unusable
from operations.rules.check import problem_as_json, sound_rules
from operations.rules.mended_files import replace_file
from operations.rules.rules_folder import files_in, known_actions
from operations.rules.simulated_letters import example, lacks, writer
from store.memory.stage import MemoryStage

SUFFIX = ".test.yaml"
NameListener = Callable[[str], None]


def unheard(name: str) -> None:
    """Nobody waits for the tests."""


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


@dataclass(frozen=True, slots=True)
class ScenarioFolder:
    """The tests of a folder, as they were read, and the rules they are about."""

    ruleset: Ruleset
    scenarios: Sequence[Scenario]
    sources: Mapping[str, str]
    folder: Path = Path()

    def accept(self, verdicts: Sequence[TestVerdict]) -> tuple[str, ...]:
        """Write what happened into the files whose tests failed; the files that were written."""
        changed = []
        for file, text in self.sources.items():
            news = accepted(text, [one for one in verdicts if one.scenario.position.file == file])
            if news != text:
                replace_file(self.folder / file, news.encode())
                changed.append(file)
        return tuple(changed)

    def play(self, notice: NameListener = unheard) -> list[Played]:
        """Every test on a store in memory with a virtual clock; `notice` hears each name before."""
        world = World(MemoryStage, writer(), example, lacks)
        played = []
        for scenario in self.scenarios:
            notice(scenario.name)
            played.append(play(scenario, self.ruleset, world))
        return played

    def verdict(self, played: Sequence[Played], simulated: Sequence[Played]) -> Tested:
        """What became of them; `simulated` is what `play` saw, which a live run has to come to."""
        differing = [
            one for pair in zip(played, simulated, strict=True) if (one := apart(*pair)).is_there
        ]
        verdicts = [compared(one.scenario, one.seen) for one in played]
        coverage = covered(self.ruleset, played)
        return Tested(self.ruleset, verdicts, coverage, self.sources, differing)


def play_tests(path: Path, today: date) -> Tested:
    """Play the tests of a folder, or of one file or folder within it; `CannotRun` if one of them
    makes no sense.
    """
    tests = read_tests(path, today)
    played = tests.play()
    return tests.verdict(played, played)


def read_tests(path: Path, today: date) -> ScenarioFolder:
    """The tests of a folder, or of one file or folder within it, and the rules around them."""
    folder = _rules_folder(path)
    ruleset = _checked(folder, today)
    elsewhere = _OtherFolders(folder, today).ruleset
    terms = Terms(ruleset, known_actions(), Problems(), elsewhere)
    scenarios, sources = _read(folder, list(_files(path)), terms)
    return ScenarioFolder(ruleset, scenarios, sources, folder)


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


def _checked(folder: Path, today: date) -> Ruleset:
    try:
        return sound_rules(folder, today, otherwise="nothing was tested")
    except Findings as findings:
        raise CannotRun(f"the rules have problems\n\n{findings}") from None


class _OtherFolders:
    """The rules that stories publish, each folder read once."""

    def __init__(self, folder: Path, today: date) -> None:
        self._folder, self._today = folder, today
        self._read: dict[Path, Ruleset | str] = {}

    def ruleset(self, named: str) -> Ruleset | str:
        """The rules of a folder, seen from that of the tests, or why there are none."""
        folder = (self._folder / named).resolve()
        if folder not in self._read:
            try:
                self._read[folder] = sound_rules(folder, self._today, otherwise="")
            except Findings:
                self._read[folder] = f"the rules of {named} have problems: see `purna check`"
            except CannotRun:
                self._read[folder] = f"{named} is no folder of rules"
        return self._read[folder]


def _read(
    folder: Path, files: Sequence[Path], terms: Terms
) -> tuple[list[Scenario], dict[str, str]]:
    """Every test of these files, and their texts; all mistakes of all of them at once."""
    problems, texts = terms.problems, {}
    found: list[Scenario] = []
    for file in files:
        name = file.relative_to(folder).as_posix()
        try:
            texts[name] = file.read_bytes()
        except OSError as error:
            raise CannotRun(unusable(error)) from None
        found += read_scenarios(name, texts[name], terms)
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
