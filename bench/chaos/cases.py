"""The registry of cases: each is one function, known by the number of its fault in the fault list."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bench.chaos.result import Result
from bench.chaos.scene import Scene

Play = Callable[[Scene], Awaitable[Result]]


@dataclass(frozen=True, slots=True)
class Case:
    """A fault, in one sentence, and how it is played."""

    fault: str
    title: str
    play: Play


CASES: dict[str, Case] = {}


def case(fault: str, title: str) -> Callable[[Play], Play]:
    """Put a function into the registry."""

    def register(play: Play) -> Play:
        if fault in CASES:
            raise ValueError(f"there are two cases {fault}")
        CASES[fault] = Case(fault, title, play)
        return play

    return register
