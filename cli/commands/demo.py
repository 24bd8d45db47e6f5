"""`purna demo`: a log played on real parts, and a verdict on what was sent."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from cli import run as running
from cli.options import FOUND, RULES, AsJson, RulesOption, show_figures
from process.shipped import SAMPLES


def demo(
    events: Annotated[Path, typer.Option(help="A log of events, JSON Lines.")] = SAMPLES,
    orders: Annotated[
        int | None, typer.Option(min=1, help="Only the first so many orders.")
    ] = None,
    rules: RulesOption = RULES,
    home: Annotated[
        Path | None, typer.Option(help="Keep everything there; else it is gone afterwards.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Play a log on real parts and judge what was sent: lost, twice, or unexpected."""
    verdict = asyncio.run(running.demo(events, orders, rules, home))
    show_figures(verdict.to_json(), as_json=as_json)
    if not verdict.is_clean:
        raise typer.Exit(FOUND)
