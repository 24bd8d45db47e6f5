"""How far a run is: a live table for a person at a terminal, one line for each result otherwise."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.table import Table

from bench.chaos.cases import Case
from bench.chaos.result import CaseResult
from bench.chaos.run import ReportProgress

_FIGURES = (
    "expected", "delivered", "lost", "duplicate", "resent", "uncertain", "wrong", "forbidden",
    "late_p50", "late_p95",
    "recover_seconds", "seconds",
)  # fmt: skip


@contextmanager
def watched(cases: Sequence[Case]) -> Iterator[ReportProgress]:
    """On stderr, so that stdout is for the result."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield (
            lambda news: (
                console.print(news.line(), soft_wrap=True, highlight=False, markup=False)
                if isinstance(news, CaseResult)
                else None
            )
        )
        return
    rows: dict[str, CaseResult | str] = {case.fault: "" for case in cases}
    with Live(_table(cases, rows), console=console) as live:

        def show_news(news: CaseResult | Case) -> None:
            rows[news.fault] = news if isinstance(news, CaseResult) else "…"
            live.update(_table(cases, rows))

        yield show_news
    for row in rows.values():
        if isinstance(row, CaseResult) and (row.skipped or not row.passed):
            console.print(row.line(), markup=False)


def _table(cases: Sequence[Case], rows: dict[str, CaseResult | str]) -> Table:
    table = Table("fault", "", *(name.replace("_", " ") for name in _FIGURES), "what", expand=True)
    for case in cases:
        row = rows[case.fault]
        if isinstance(row, CaseResult):
            state = "[green]passed[/]" if row.passed else "[red]FAILED[/]"
            state = "skipped" if row.skipped else state
            table.add_row(
                case.fault, state, *(f"{row.figures()[name]:g}" for name in _FIGURES), case.title
            )
        else:
            table.add_row(case.fault, row, *[""] * len(_FIGURES), case.title)
    return table
