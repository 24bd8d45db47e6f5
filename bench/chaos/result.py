"""What a case found, as it is printed and kept."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class MessageFigures:
    """How many messages, in the words of the judge.

    `forbidden`: sent although an event had stopped it, in quiet hours, after what it is about was
    over, or a courtesy sent twice.
    """

    expected: int = 0
    delivered: int = 0
    lost: int = 0
    duplicate: int = 0
    resent: int = 0
    uncertain: int = 0
    wrong: int = 0
    forbidden: int = 0


@dataclass(frozen=True, slots=True)
class CaseTimes:
    """In seconds. `late_…`: between the moment at which the replay sends a message and its leaving.
    `recover_seconds`: from the end of the fault until what was due by then had been sent.
    """

    late_p50: float = 0
    late_p95: float = 0
    recover_seconds: float = 0
    seconds: float = 0


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One fault. `why` names everything that must not be; `slow` what a busy machine alone can
    cause, for which a case is played once more, and `at_first` what was slow then; `measured` what
    only this case looks at, by its name; `skipped` why it could not be played here, which is no
    failure.
    """

    fault: str
    title: str
    messages: MessageFigures = MessageFigures()
    times: CaseTimes = CaseTimes()
    why: tuple[str, ...] = ()
    slow: tuple[str, ...] = ()
    at_first: tuple[str, ...] = ()
    measured: Mapping[str, float] = field(default_factory=dict)
    skipped: str = ""

    @property
    def passed(self) -> bool:
        """Whether nothing was found that must not be."""
        return not self.why and not self.slow

    @property
    def is_only_slow(self) -> bool:
        """Whether a busy machine alone can have caused all that was found."""
        return bool(self.slow) and not self.why

    def figures(self) -> dict[str, float]:
        """Every figure by its name."""
        return {**asdict(self.messages), **asdict(self.times)}

    def to_json(self) -> dict[str, Any]:
        """Everything that was found."""
        return {
            "fault": self.fault,
            "title": self.title,
            **self.figures(),
            "why": [*self.why, *self.slow],
            "at_first": list(self.at_first),
            "measured": dict(self.measured),
            "skipped": self.skipped,
            "passed": self.passed,
        }

    def line(self) -> str:
        """For a person without a terminal."""
        if self.skipped:
            return f"{self.fault:<4} skipped: {self.skipped}"
        figures = " ".join(f"{name} {number}" for name, number in asdict(self.messages).items())
        times = self.times
        late = f"late {times.late_p50:.2f}/{times.late_p95:.2f} s"
        recovered = f"recovered {times.recover_seconds:.1f} s"
        outcome = "passed" if self.passed else "FAILED"
        head = f"{self.fault:<4} {outcome}  {figures}  {late}, {recovered}  ({times.seconds:.0f} s)"
        at_first = (f"at first: {one}" for one in self.at_first)
        measured = (f"{name}: {figure:g}" for name, figure in self.measured.items())
        return "\n     ".join([head, *measured, *self.why, *self.slow, *at_first])


def report(seed: int, orders: int, results: Sequence[CaseResult]) -> dict[str, Any]:
    """A whole run."""
    passed = bool(results) and all(result.passed for result in results)
    return {
        "seed": seed,
        "orders": orders,
        "passed": passed,
        "faults": [result.to_json() for result in results],
    }
