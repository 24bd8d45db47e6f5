"""The live table of a play, for a person at a terminal; silence for everybody else."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from local.mail_sink.mailbox import Mailbox
from local.rehearsal.demo.progress import Progress, spelled

_SHOWN = 8


@contextmanager
def watched(progress: Progress, mailbox: Mailbox) -> Iterator[None]:
    """Show how far the play is while it goes on, on stderr and only if that is a terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    with Live(_table(progress, mailbox), console=console, refresh_per_second=8) as live:
        progress.show = _updated(live, mailbox)
        yield


def _updated(live: Live, mailbox: Mailbox) -> Callable[[Progress], None]:
    return lambda progress: live.update(_table(progress, mailbox))


def _table(progress: Progress, mailbox: Mailbox) -> Table:
    table = Table(title=f"{spelled(progress.at)}  {progress.last}", expand=True)
    table.add_column("To", ratio=2, no_wrap=True)
    table.add_column("Subject", ratio=4, no_wrap=True)
    table.add_column("Sent (UTC)", ratio=2, no_wrap=True)
    orders = mailbox.orders()
    for order in orders[-_SHOWN:]:
        heading = mailbox.heading(order)
        table.add_row(heading.to, heading.subject, spelled(heading.sent_at))
    table.caption = f"{progress.posted} of {progress.total} events · {len(orders)} messages"
    table.add_section()
    table.add_row(ProgressBar(total=max(progress.total, 1), completed=progress.posted))
    return table
