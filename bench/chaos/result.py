"""What a case found, as it is printed and kept."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One fault. `lost`, `duplicate` and `resent` as the judge says; `why` names everything that
    must not be.

    `wrong`: in the sink, but the replay would not send it. `forbidden`: sent although an event had
    stopped it, in quiet hours, after what it is about was over, or a courtesy sent twice. `late_…`:
    seconds between the moment at which the replay sends a message and its DATA. `recover_seconds`:
    from the end of the fault until what was due by then had been sent.
    """

    fault: str
    title: str
    expected: int = 0
    delivered: int = 0
    lost: int = 0
    duplicate: int = 0
    resent: int = 0
    uncertain: int = 0
    wrong: int = 0
    forbidden: int = 0
    late_p50: float = 0
    late_p95: float = 0
    recover_seconds: float = 0
    seconds: float = 0
    why: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing was found that must not be."""
        return not self.why

    def to_json(self) -> dict[str, Any]:
        """Every figure by name."""
        return {**asdict(self), "passed": self.passed, "why": list(self.why)}

    def line(self) -> str:
        """For a person without a terminal."""
        figures = (
            "expected",
            "delivered",
            "lost",
            "duplicate",
            "resent",
            "uncertain",
            "wrong",
            "forbidden",
        )
        told = " ".join(f"{name} {getattr(self, name)}" for name in figures)
        late = (
            f"late {self.late_p50:.2f}/{self.late_p95:.2f} s, recovered "
            f"{self.recover_seconds:.1f} s"
        )
        head = (
            f"{self.fault:<4} {'passed' if self.passed else 'FAILED'}  {told}  {late}  "
            f"({self.seconds:.0f} s)"
        )
        return "\n     ".join([head, *self.why])


def report(seed: int, orders: int, results: Sequence[CaseResult]) -> dict[str, Any]:
    """A whole run."""
    passed = bool(results) and all(result.passed for result in results)
    return {
        "seed": seed,
        "orders": orders,
        "passed": passed,
        "faults": [result.to_json() for result in results],
    }
