"""The benchmark of the whole engine still runs and tells everything; its figures are for people."""

import json
import subprocess
import sys
from pathlib import Path

from tests.paths import ROOT

SMALL = [
    "--orders",
    "2",
    "--rounds",
    "1",
    "--messages",
    "2",
    "--seconds",
    "0.3",
    "--journeys",
    "20",
]


def test_a_small_run_tells_every_figure(tmp_path: Path) -> None:
    out = tmp_path / "results" / "engine.json"

    done = subprocess.run(
        [sys.executable, "-m", "bench.engine", *SMALL, "--out", out],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    found = json.loads(done.stdout)
    assert json.loads(out.read_text()) == found
    assert found["bursts"]["ratio"] > 0
    assert found["spaced"]["product"][0]["cpu_ms_us"] > 0
    assert found["latency"]["p50_ms"] > 0
    assert found["ingest_single"]["events_per_second"] > 0
    assert found["product_order"]["history_events"] > found["product_order"]["actions"] > 6
    assert found["memory"]["waiting_journeys"] == 20
