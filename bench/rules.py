"""`make bench-rules`: what rules cost, in one process, with the goal beside each figure. Prints
JSON and keeps it.

The last part plays the Olist log, imported from the folder of its tables that is named, else a made
one.
"""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from subprocess import run
from tempfile import TemporaryDirectory
from typing import Any

from bench import check, conditions, decide, rule_index, simulate

RESULTS = Path(__file__).resolve().parent / "results" / "rules.json"
_IMPORT = """
import sys
from pathlib import Path
from operations.logs.import_olist import events_of, write_log
write_log(events_of(Path(sys.argv[1])), Path(sys.argv[2]))
"""
# What is asked of each figure, with the way to it; `most` or `least`.
GOALS: tuple[tuple[str, tuple[str, ...], str, float], ...] = (
    ("a condition, times plain Python", ("conditions", "all_hold", "purna", "ratio"), "most", 4.0),
    ("200 rules on one event, µs", ("rule_index", "indexed_us"), "most", 12.0),
    (
        "a decision by the shipped rules, µs",
        ("decide", "decide_us_shipped_rules_median"),
        "most",
        60.0,
    ),
    ("simulated events a second", ("simulate", "events_per_second"), "least", 20_000.0),
    ("memory of a simulation, MB", ("simulate", "peak_rss_mb"), "most", 300.0),
    ("checking 1,000 rules, s", ("check", "processor_seconds"), "most", 3.0),
)


def figures(olist: Path | None) -> dict[str, Any]:
    """Every benchmark, one after the other; the play first, whose memory is that of the whole
    process.
    """
    steps: dict[str, Callable[[], Mapping[str, Any]]] = {
        "simulate": lambda: played(olist),
        "conditions": conditions.figures,
        "rule_index": rule_index.figures,
        "decide": decide.figures,
        "check": check.figures,
    }
    found: dict[str, Any] = {}
    for name, measure in steps.items():
        sys.stderr.write(f"{name} …\n" if sys.stderr.isatty() else "")
        found[name] = measure()
    return found


def played(olist: Path | None) -> Mapping[str, Any]:
    """`purna simulate` on the Olist log, or on a made one where nobody says where its
    tables are.
    """
    if olist is None:
        return {"log": "made", **simulate.figures(None)}
    with TemporaryDirectory() as folder:
        log = Path(folder) / "olist.jsonl"
        # In a process of its own: the memory that the tables take is not that of the play.
        run([sys.executable, "-c", _IMPORT, str(olist), str(log)], check=True)
        return {"log": "olist", **simulate.figures(log)}


def verdicts(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each goal with what was seen."""
    told = []
    for what, path, bound, goal in GOALS:
        seen: Any = found
        for key in path:
            seen = seen[key]
        told.append(
            {
                "what": what,
                "seen": seen,
                bound: goal,
                "met": seen <= goal if bound == "most" else seen >= goal,
            }
        )
    return told


def main() -> None:
    """Measure, print and keep."""
    olist = Path(sys.argv[1]) if sys.argv[1:] else None
    found = figures(olist)
    told = json.dumps({"goals": verdicts(found), "figures": found}, indent=2)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(told + "\n")
    print(told)


if __name__ == "__main__":
    main()
