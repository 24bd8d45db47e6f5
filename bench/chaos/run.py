"""A run: the chosen cases one after the other in one installation."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bench.chaos.cases import CASES, Case
from bench.chaos.result import CaseResult
from bench.chaos.scene import CaseScene
from bench.chaos.site import ChaosSite, open_site

_LONGEST = 600  # seconds of a case at most, whatever it waits for
ReportProgress = Callable[[CaseResult | Case], None]


@dataclass(frozen=True, slots=True)
class ChosenCases:
    """What a run is asked for."""

    seed: int
    orders: int
    faults: Sequence[str]

    def cases(self) -> list[Case]:
        """In the order of the fault list. Raises `LookupError` for one that does not exist."""
        if unknown := sorted(set(self.faults) - set(CASES)):
            raise LookupError(
                f"there is no case {', '.join(unknown)}; there are {', '.join(numbered(CASES))}"
            )
        return [CASES[fault] for fault in numbered(self.faults or CASES)]


async def play(asked: ChosenCases, told: ReportProgress) -> list[CaseResult]:
    """Every case, each told before it begins and with its result; fewer if a signal
    ended the run.
    """
    results: list[CaseResult] = []
    async with open_site() as site:
        for case in asked.cases():
            told(case)
            results.append(await _played(case, site, asked))
            told(results[-1])
    return results


async def _played(case: Case, site: ChaosSite, asked: ChosenCases) -> CaseResult:
    """A case that was only slow is played once more: others may have used the machine."""
    result = await _attempted(case, site, asked)
    if not result.is_only_slow:
        return result
    return replace(await _attempted(case, site, asked, 2), at_first=result.slow)


async def _attempted(
    case: Case, site: ChaosSite, asked: ChosenCases, attempt: int = 1
) -> CaseResult:
    chance = random.Random(f"{asked.seed} {case.fault}")
    scene = CaseScene(case.fault, case.title, site, asked.orders, chance, attempt)
    try:
        async with asyncio.timeout(_LONGEST):
            return await case.play(scene)
    except Exception as failure:  # noqa: BLE001  # a case that breaks down has not passed; the others go on
        return CaseResult(case.fault, case.title, why=(f"broke down: {_first(failure)!r}",))
    finally:
        scene.calm()


def _first(failure: BaseException) -> BaseException:
    """The first of a group, which says nothing by itself."""
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    return failure


def numbered(faults: Sequence[str] | dict[str, Case]) -> list[str]:
    """Fault numbers as a person counts them, letter by letter."""
    return sorted(faults, key=lambda fault: (fault[0], int(fault[1:])))
