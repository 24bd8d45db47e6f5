"""What the processes of an installation cost: processor time and memory, by whose they are."""

import os
from collections.abc import Mapping
from time import perf_counter

import psutil  # type: ignore[import-untyped]  # it has no types of its own

from local.embedded.process import Child

# Whose a part is. `sender` is the benchmark itself with its load generator and its mail server.
_WHOSE = {"Temporal": "server", "PostgreSQL": "database", "web": "us", "worker": "us", "bare": "us"}
Costs = dict[str, float]


def spent(children: list[Child]) -> Costs:
    """Seconds of processor so far, by whose they are."""
    found: Costs = {"server": 0.0, "database": 0.0, "us": 0.0, "sender": seconds_of(os.getpid())}
    for child in children:
        if child.pid and child.part.name in _WHOSE:
            found[_WHOSE[child.part.name]] += _tree(child.pid)
    return found


def _tree(pid: int) -> float:
    """A process with all below it, and those below it that it has already buried."""
    root = psutil.Process(pid)
    buried = root.cpu_times()
    return sum(map(seconds_of, _pids(root))) + float(buried.children_user + buried.children_system)


def seconds_of(pid: int) -> float:
    """Of one process; 0 if it is gone."""
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


def memory_of(child: Child) -> int:
    """Bytes that a part has in memory and shares with nobody, with all processes below it."""
    return sum(
        psutil.Process(pid).memory_full_info().uss for pid in _pids(psutil.Process(child.pid))
    )


def _pids(root: psutil.Process) -> list[int]:
    return [root.pid, *(one.pid for one in root.children(recursive=True))]


class Meter:
    """What a stretch of time has cost since it was made."""

    def __init__(self, children: list[Child]) -> None:
        self._children, self._before, self._began = children, spent(children), perf_counter()

    def read(self, events: int) -> dict[str, float]:
        """Seconds, events a second, and milliseconds of processor for each event by
        whose they are.
        """
        seconds = perf_counter() - self._began
        after = spent(self._children)
        each = {
            whose: round((after[whose] - self._before[whose]) / events * 1e3, 2) for whose in after
        }
        return {
            "events": events,
            "seconds": round(seconds, 2),
            "events_per_second": round(events / seconds, 1),
            **{f"cpu_ms_{whose}": each[whose] for whose in each},
        }


def percentiles(samples: list[float]) -> Mapping[str, float]:
    """Of seconds, in milliseconds."""
    ordered = sorted(samples)
    at = {
        share: ordered[min(len(ordered) - 1, int(len(ordered) * share / 100))]
        for share in (50, 95, 99)
    }
    return {f"p{share}_ms": round(value * 1e3, 1) for share, value in at.items()}
