"""The whole engine under load, beside a bare Temporal workflow: `python -m bench.engine --help`.
Prints JSON.
"""

import argparse
import asyncio
import json
import os
from pathlib import Path
from statistics import median
from typing import Any

from bench.load.histories import history_of
from bench.load.ingest import batches, singles
from bench.load.latency import latency
from bench.load.measured_parts import MeasuredParts, open_measured_parts
from bench.load.memory import memory
from bench.load.streams import Stream, through_bare, through_product

_APART = 0.8  # seconds between two events of an order
_SETTLING = 6.0  # seconds after which Temporal has put away the timers of workflow tasks


async def measured(asked: argparse.Namespace) -> dict[str, Any]:
    """Everything, in one run on one machine."""
    found: dict[str, Any] = {"cores": os.cpu_count(), "load_before": os.getloadavg()[0]}
    async with open_measured_parts() as site:
        await _compared(site, Stream(5, 0), "W", 1)  # nothing is measured while everything is new
        if "latency" in asked.parts:
            found["latency"] = await latency(site, asked.messages)
        if "ingest" in asked.parts:
            found["ingest_single"] = await singles(site, asked.seconds)
            found["ingest_batch"] = await batches(site, asked.seconds)
        if "streams" in asked.parts:
            found["bursts"] = await _compared(site, Stream(asked.orders, 0), "Q", asked.rounds)
            found["spaced"] = await _compared(site, Stream(asked.orders, _APART), "P", asked.rounds)
            found["bare_order"] = await history_of(site.clients.temporal, "bare:P0-1")
            found["product_order"] = await history_of(site.clients.temporal, "order:bench/P0-1")
        if "memory" in asked.parts:
            found["memory"] = await memory(site, asked.journeys)
    return found | {"load_after": os.getloadavg()[0]}


async def _compared(site: MeasuredParts, stream: Stream, name: str, rounds: int) -> dict[str, Any]:
    """Both by turns, so that whatever else the machine does strikes both."""
    bare: list[dict[str, float]] = []
    product: list[dict[str, float]] = []
    for number in range(rounds):
        for found, through in ((bare, through_bare), (product, through_product)):
            found.append(await through(site, stream, f"{name}{number}-"))
            await asyncio.sleep(_SETTLING)
    pairs = list(zip(product, bare, strict=True))
    return {
        "bare": bare,
        "product": product,
        "ratio": round(
            median(
                ours["events_per_second"] / theirs["events_per_second"] for ours, theirs in pairs
            ),
            2,
        ),
        "cpu_ratio": round(median(_cpu(theirs) / _cpu(ours) for ours, theirs in pairs), 2),
    }


def _cpu(round_of: dict[str, float]) -> float:
    """What an event costs; at least a hundredth of a millisecond, since the system counts in
    hundredths of a second.
    """
    return max(sum(round_of[f"cpu_ms_{whose}"] for whose in ("server", "database", "us")), 0.01)


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.engine", description="The engine under load."
    )
    parser.add_argument("--orders", type=int, default=150, help="of six events each, in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--messages", type=int, default=100, help="whose latency is taken")
    parser.add_argument("--seconds", type=float, default=5, help="for each kind of ingest")
    parser.add_argument(
        "--journeys", type=int, default=3_000, help="that wait; 100,000 take about an hour"
    )
    parser.add_argument("--parts", nargs="+", default=["latency", "ingest", "streams", "memory"])
    parser.add_argument("--out", type=Path, help="also write it there")
    asked = parser.parse_args()
    told = json.dumps(asyncio.run(measured(asked)), indent=2)
    print(told)
    if asked.out:
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        asked.out.write_text(told + "\n")


if __name__ == "__main__":
    main()
