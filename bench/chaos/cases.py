"""The registry of cases: each is one function, known by the number of its fault in the
fault list.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bench.chaos.result import CaseResult
from bench.chaos.scene import CaseScene

CasePlay = Callable[[CaseScene], Awaitable[CaseResult]]


@dataclass(frozen=True, slots=True)
class Case:
    """A fault, in one sentence, and how it is played."""

    fault: str
    title: str
    play: CasePlay


CASES: dict[str, Case] = {}


def case(fault: str, title: str) -> Callable[[CasePlay], CasePlay]:
    """Put a function into the registry."""

    def register(play: CasePlay) -> CasePlay:
        if fault in CASES:
            raise ValueError(f"there are two cases {fault}")
        CASES[fault] = Case(fault, title, play)
        return play

    return register
