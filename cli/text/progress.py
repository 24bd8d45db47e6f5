"""How far a long log has been read, shown while it is read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from operations.logs.event_log import BytesRead, unwatched


@contextmanager
def watched(path: Path, title: str) -> Iterator[BytesRead]:
    """Show how much of a file is read while it goes on, on stderr and only if that is
    a terminal.
    """
    console = Console(stderr=True)
    if not console.is_terminal or not path.is_file():
        yield unwatched
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
    )
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as progress:
        task = progress.add_task(title, total=path.stat().st_size)
        yield lambda size: progress.advance(task, size)
