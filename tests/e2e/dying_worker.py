"""A worker that dies between the commit of a decision that found work and its answer, once for each
file it is given.

Run as `python -m tests.e2e.dying_worker FILE…`; a file that exists stands for a death that has been
died.
"""

import os
import sys
from pathlib import Path
from typing import Any

from compose import worker
from engine.decisions.decision import OpenWork
from store.postgres.journeys.journeys import PostgresJourneys

_DEATHS = [Path(name) for name in sys.argv[1:]]
_decide = PostgresJourneys.decide


async def _decides_and_dies(journeys: PostgresJourneys, *asked: Any) -> OpenWork:
    todo = await _decide(journeys, *asked)
    due = next((file for file in _DEATHS if not file.exists()), None)
    if todo.open and due:
        due.touch()
        os._exit(1)
    return todo


if __name__ == "__main__":
    PostgresJourneys.decide = _decides_and_dies  # type: ignore[method-assign,assignment]  # a moment nobody can hit from outside
    sys.exit(worker.main())
