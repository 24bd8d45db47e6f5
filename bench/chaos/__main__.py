"""`make chaos`: breaks an installation of its own in every way there is a case for; 0 only if all
passed.

CHAOS_ORDERS=2000 CHAOS_SEED=7 CHAOS_FAULTS=F1,F4 python -m bench.chaos [--json]

CHAOS_FAULTS=small stands for one case of each kind.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

from bench.chaos.faults import (  # noqa: F401  # for their cases
    changed_rules,
    clock,
    deploys,
    erasure,
    extremes,
    hostile_events,
    kills,
    mail,
    network,
    people,
    restored_backup,
    rule_meanings,
    senders,
    signatures,
    webs,
)
from bench.chaos.result import report
from bench.chaos.run import ChosenCases, play
from bench.chaos.small_run import SMALL
from bench.chaos.table import watched
from local.embedded.process import CannotStart

RESULTS = Path(__file__).resolve().parents[1] / "results"
_ORDERS, _SEED = "24", "1"  # small enough to end within four minutes on two cores
_FAILED, _COULD_NOT_RUN = 1, 2


def main() -> int:
    """0 if all passed, 1 if not, 2 if it could not run."""
    try:
        asked = _chosen_cases()
        cases = asked.cases()
    except (ValueError, LookupError) as wrong:
        sys.stderr.write(f"{wrong}\n")
        return _COULD_NOT_RUN
    try:
        with watched(cases) as told:
            results = asyncio.run(play(asked, told))
    except CannotStart as failure:
        sys.stderr.write(f"{failure}\n")
        return _COULD_NOT_RUN
    found = report(asked.seed, asked.orders, results)
    file = RESULTS / f"chaos-{asked.seed}.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(found, indent=1) + "\n")
    if "--json" in sys.argv[1:]:
        sys.stdout.write(json.dumps(found) + "\n")
    return 0 if found["passed"] and len(results) == len(cases) else _FAILED


def _chosen_cases() -> ChosenCases:
    orders, seed = (
        int(os.environ.get(name) or usual)
        for name, usual in (("CHAOS_ORDERS", _ORDERS), ("CHAOS_SEED", _SEED))
    )
    faults = os.environ.get("CHAOS_FAULTS", "").replace(",", " ").upper().split()
    if faults == ["SMALL"]:
        faults = [*SMALL]
    if orders < 1:
        raise ValueError("CHAOS_ORDERS must be at least 1")
    return ChosenCases(seed, orders, faults)


if __name__ == "__main__":
    sys.exit(main())
