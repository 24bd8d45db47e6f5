"""The benchmark of growth still runs and tells everything; its figures are for people."""

import json
import subprocess
import sys

from tests.paths import ROOT

SMALL = {"events": 400, "carriers": 50, "orders": 20, "overdue": 5_000, "parcels": 250, "rounds": 3}


def test_a_small_run_tells_every_figure() -> None:
    sizes = [f"--{name}={number}" for name, number in SMALL.items()]

    done = subprocess.run(
        [sys.executable, "-m", "bench.growth", *sizes],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    found = json.loads(done.stdout)
    steps = {"ingest_new", "decide_new", "ingest_regular", "decide_regular"}
    assert found["ratios"].keys() == found["grown"].keys() == steps
    first, second = found["sweeps"]
    assert (first["nudged"], first["failed"]) == (5_000, 0)
    assert second["nudged"] == 0
    at_once = found["due_at_once"]
    assert (at_once["decided"], at_once["portions"] >= 2) == (250, True)
