"""The results of `purna test`, for a person."""

from engine.scenarios.comparison import TestVerdict
from engine.scenarios.report import failure_report
from operations.rules.check import described
from operations.rules.play_tests import Tested


def results(tested: Tested, *, with_coverage: bool) -> str:
    """What differs, then one line for all."""
    parts = [_report(one, tested) for one in tested.verdicts if not one.is_good]
    parts += [one.text() for one in tested.apart]
    parts += ["\n".join(tested.coverage.lines())] if with_coverage else []
    return "\n\n".join([*parts, _summary(tested)]) + "\n"


def _report(verdict: TestVerdict, tested: Tested) -> str:
    if (problem := verdict.problem) is None:
        return failure_report(verdict, tested.ruleset)
    return described(problem, tested.sources)


def _summary(tested: Tested) -> str:
    counts = (
        (tested.count("passed"), "passed"),
        (tested.count("failed"), "failed"),
        (tested.count("todo"), "todo"),
        (tested.count("unexpected"), "todo that passes"),
        (len(tested.apart), "not the same live as simulated"),
    )
    return ", ".join(f"{number} {word}" for number, word in counts if number or word == "passed")
