"""A log of events read line by line, so that it may be of any length."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from engine.catalog.catalog import Catalog
from engine.catalog.rows import row
from engine.facts.events import ALLOWANCE, Event, InvalidEvent, parse_event
from engine.facts.posted_events import KNOWN
from operations.cannot_run import CannotRun, unusable

# Is called with the size of every line that has been read.
BytesRead = Callable[[int], None]
_LONGEST = 1_000_000  # bytes of one line; an event has some hundred


@row
class LogLine:
    """One event of a log as it was sent, and where it stands."""

    place: str
    raw: dict[str, Any]

    def is_known(self, catalog: Catalog) -> bool:
        """Whether the catalog has this type of event."""
        return self.raw.get("type") in catalog.events

    @property
    def known_at(self) -> datetime | None:
        """When it became known, where the log says that this was not when it happened."""
        if (text := self.raw.get(KNOWN)) is None:
            return None
        try:
            known_at = datetime.fromisoformat(text)
        except (TypeError, ValueError):
            known_at = None
        if known_at is None or known_at.tzinfo is None:
            raise CannotRun(f"{self.place}: {KNOWN} must be a time with a zone") from None
        return known_at.astimezone(UTC)

    def event(self, catalog: Catalog, now: datetime) -> Event:
        """The event as the ingest reads it when it becomes known; `CannotRun` if it would refuse
        it.
        """
        known_at = self.known_at
        allowance = None if known_at is None else ALLOWANCE
        try:
            return parse_event(self.raw, catalog, known_at or now, allowance)
        except InvalidEvent as invalid:
            raise CannotRun(f"{self.place}: {invalid}") from None


def unwatched(size: int) -> None:
    """Nobody waits for the log."""


def lines_of(path: Path, read: BytesRead = unwatched) -> Iterator[LogLine]:
    """The events of a JSON Lines file; `read` is told of every so many bytes. `CannotRun` names
    what is none.
    """
    try:
        with path.open("rb") as file:
            yield from _lines(path, file, read)
    except OSError as error:
        raise CannotRun(unusable(error)) from None


def _lines(path: Path, file: BinaryIO, read: BytesRead) -> Iterator[LogLine]:
    told = number = 0
    while line := file.readline(_LONGEST):
        number += 1
        if line.strip():
            told += 1
            yield LogLine(f"{path}:{number}", _object(f"{path}:{number}", line))
        read(len(line))
    if not told:
        raise CannotRun(f"{path} holds no events")


def _object(place: str, line: bytes) -> dict[str, Any]:
    try:
        raw = json.loads(line)
    except UnicodeDecodeError:
        raise CannotRun(f"{place}: not UTF-8 text") from None
    except (ValueError, RecursionError):
        raise CannotRun(f"{place}: no JSON") from None
    if not isinstance(raw, dict):
        raise CannotRun(f"{place}: no CloudEvent: a JSON object has one")
    return raw
