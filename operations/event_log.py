"""A log of events read line by line, so that it may be of any length; progress shows on a terminal
only.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from engine.catalog.catalog import Catalog
from engine.catalog.rows import row
from engine.facts.events import Event, InvalidEvent, parse_event
from operations.cannot_run import CannotRun, unusable

_LONGEST = 1_000_000  # bytes of one line; an event has some hundred


@row
class LogLine:
    """One event of a log as it was sent, and where it stands."""

    place: str
    raw: dict[str, Any]

    def is_known(self, catalog: Catalog) -> bool:
        """Whether the catalog has this type of event."""
        return self.raw.get("type") in catalog.events

    def event(self, catalog: Catalog, now: datetime) -> Event:
        """The event as the ingest reads it; `CannotRun` if it would refuse it."""
        try:
            return parse_event(self.raw, catalog, now)
        except InvalidEvent as invalid:
            raise CannotRun(f"{self.place}: {invalid}") from None


def lines_of(path: Path, read: Callable[[int], None] = lambda _: None) -> Iterator[LogLine]:
    """The events of a JSON Lines file; `read` is told of every so many bytes. `CannotRun` names
    what is none.
    """
    try:
        with path.open("rb") as file:
            yield from _lines(path, file, read)
    except OSError as error:
        raise CannotRun(unusable(error)) from None


@contextmanager
def watched(path: Path, title: str) -> Iterator[Callable[[int], None]]:
    """Show how much of a file is read while it goes on, on stderr and only if that is
    a terminal.
    """
    console = Console(stderr=True)
    if not console.is_terminal or not path.is_file():
        yield lambda _: None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
    )
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as progress:
        task = progress.add_task(title, total=path.stat().st_size)
        yield lambda size: progress.advance(task, size)


def _lines(path: Path, file: BinaryIO, read: Callable[[int], None]) -> Iterator[LogLine]:
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
