"""The messages that differ between two sets of rules, for a person."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from engine.backtests.message_changes import KINDS
from operations.instants import spelled


def lines(found: Mapping[str, Any]) -> Iterator[str]:
    """The differences for a person."""
    yield f"{found['old']} → {found['new']}: {found['unchanged']} messages stay as they are"
    for rule, changes in found["rules"].items():
        yield ""
        yield rule
        for kind in KINDS:
            if told := changes.get(kind):
                yield f"  {told['count']} {kind}"
                yield from (f"      {_sample(kind, sample)}" for sample in told["samples"])


def _sample(kind: str, sample: Mapping[str, Any]) -> str:
    whose = f"order {sample['order']}" if "order" in sample else f"customer {sample['customer']}"
    told = [sample[key] for key in ("was", "now") if key in sample]
    # What is reworded tells its former template where it has another, and no times.
    named = told if kind == "reworded" else [spelled(datetime.fromisoformat(at)) for at in told]
    return f"{whose}  {sample['template']}  {' → '.join(named)}".rstrip()
