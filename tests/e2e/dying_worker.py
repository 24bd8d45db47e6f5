"""A worker that dies between the commit of a decision that found work and its answer, once for each
file it is given.

Run as `python -m tests.e2e.dying_worker FILE…`; a file that exists stands for a death that has been
died.
"""

import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from temporalio import activity

from activities.messages import DECIDE, Todo
from compose.journey_parts import JourneyParts
from compose.worker import main

_DEATHS = [Path(name) for name in sys.argv[1:]]


class DyingDecision:
    """Decides as usual, and may not live to answer."""

    def __init__(self, decide: Callable[[str, datetime], Awaitable[Todo]]) -> None:
        self._decide = decide

    @activity.defn(name=DECIDE)
    async def decide(self, journey: str, now: datetime) -> Todo:
        todo = await self._decide(journey, now)
        due = next((file for file in _DEATHS if not file.exists()), None)
        if todo.open and due:
            due.touch()
            os._exit(1)
        return todo


class DyingParts(JourneyParts):
    def activities(self) -> Sequence[Callable[..., Any]]:
        decide, *others = super().activities()
        return (DyingDecision(decide).decide, *others)


if __name__ == "__main__":
    sys.exit(main(DyingParts))
