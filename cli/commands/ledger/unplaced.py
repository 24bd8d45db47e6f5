"""`purna event unplaced`: what waits for a thing that nobody has told of."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from cli.options import HOME, AsJson, Home, ListedShop, show_findings
from cli.running_store import store_here
from cli.text.quarantine import nothing_unplaced, unplaced_line
from operations.intake import unplaced as operation
from operations.intake.unplaced import UnplacedEvent


def unplaced(
    days: Annotated[
        float,
        typer.Option(
            min=0,
            max=3650,
            help="Only what has waited for so many days; 0 lists all that waits.",
            envvar="PURNA_UNPLACED_DAYS",
        ),
    ] = 1,
    shop: ListedShop = None,
    home: Home = HOME,
    as_json: AsJson = False,
) -> None:
    """List what waits for a thing nobody has told of; exits 1 if there is anything."""
    found = asyncio.run(_unplaced(home, timedelta(days=days), shop))
    show_findings(found, unplaced_line, nothing_unplaced(days), as_json=as_json)


async def _unplaced(home: Path, longer_than: timedelta, shop: str | None) -> list[UnplacedEvent]:
    async with store_here(home) as store:
        return await operation.unplaced(store, datetime.now(UTC), longer_than, shop)
