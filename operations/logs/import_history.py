"""A log of what happened before Purna was there, taken in as history: no deed follows from it."""

import time
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from engine.facts.events import HISTORY
from operations.cannot_run import CannotRun
from operations.intake.accept import Accept, AcceptedEvents, EventRefused
from operations.intake.active_ruleset import ActiveRuleset
from operations.logs.event_log import BytesRead, LogLine, lines_of, unwatched
from operations.stores import Store

_AT_ONCE = 500  # events of one transaction


@dataclass(frozen=True, slots=True)
class ImportedHistory:
    """How many events of the log were new, early, known already, known with another content, or put
    in quarantine.
    """

    events: int = 0
    accepted: int = 0
    unplaced: int = 0
    duplicates: int = 0
    conflicts: int = 0
    quarantined: int = 0

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        return asdict(self)

    def with_batch(self, batch: AcceptedEvents) -> "ImportedHistory":
        """The sums with those of one more batch."""
        new = batch.to_json()
        counts = {name: getattr(self, name) + count for name, count in new.items()}
        return ImportedHistory(self.events + sum(new.values()), **counts)


async def import_history(
    store: Store, log: Path, now: datetime, read: BytesRead = unwatched
) -> ImportedHistory:
    """Take every event of a log in as history.

    `CannotRun` names the line that is no event; what stands above it is in, and may come again.
    """
    accept = Accept(store.events, ActiveRuleset(store.rulesets, time.monotonic), _ring_nobody)
    imported, lines = ImportedHistory(), lines_of(log, read)
    while batch := list(islice(lines, _AT_ONCE)):
        imported = imported.with_batch(await _taken_in(accept, batch, now))
    return imported


async def _taken_in(accept: Accept, batch: list[LogLine], now: datetime) -> AcceptedEvents:
    try:
        return await accept.parsed([{**one.raw, HISTORY: True} for one in batch], now)
    except EventRefused as refused:
        raise CannotRun(f"{_place(batch, refused)}: {refused.field} {refused.reason}") from None


def _place(batch: list[LogLine], refused: EventRefused) -> str:
    return batch[refused.index or 0].place


def _ring_nobody() -> None:
    """A relay that is asleep finds by itself what there is to nudge."""
