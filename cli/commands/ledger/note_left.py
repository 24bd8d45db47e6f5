"""`purna ledger sent LOG`: what had left before a backup was restored does not leave again."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.options import HOME, AsJson, Home, show_figures
from cli.running_store import store_here
from operations import left_before as operation
from operations.left_before import NotedMessages


def note_left(
    log: Annotated[
        Path, typer.Argument(help="A log of the mail server, or any text with Message-IDs.")
    ],
    home: Home = HOME,
    as_json: AsJson = False,
) -> None:
    """After a backup was restored: say by a log which messages have left, so that none leaves
    again.
    """
    show_figures(asyncio.run(_noted(home, log)).to_json(), as_json=as_json)


async def _noted(home: Path, log: Path) -> NotedMessages:
    async with store_here(home) as store:
        with log.open(encoding="utf-8", errors="replace") as lines:
            return await operation.note_left(store, lines, datetime.now(UTC))
