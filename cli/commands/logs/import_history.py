"""`purna import --history LOG`: what happened before Purna was there, as facts and counts."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.options import FOUND, HOME, AsJson, Home, show_figures
from cli.running_store import store_here
from cli.text.progress import watched
from operations.logs import import_history as operation
from operations.logs.import_history import ImportedHistory

_LATER = (
    "What lies ahead, such as a date of renewal, is waited for from the next event of its customer "
    "on, or from a new revision with a rule about such a date."
)


def import_history(
    log: Annotated[Path, typer.Argument(help="A log of events, JSON Lines.")],
    home: Home = HOME,
    as_json: AsJson = False,
) -> None:
    """Take a log in as history: its facts and counts are known, and nothing is done about it."""
    imported = asyncio.run(_imported(home, log))
    show_figures(imported.to_json(), as_json=as_json)
    if imported.accepted:
        typer.echo(_LATER, err=True)
    if imported.quarantined:
        raise typer.Exit(FOUND)


async def _imported(home: Path, log: Path) -> ImportedHistory:
    async with store_here(home) as store:
        with watched(log, "importing") as read:
            return await operation.import_history(store, log, datetime.now(UTC), read)
