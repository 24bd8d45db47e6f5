"""`purna event drop`: what could not be made sense of is let go."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from cli.options import HOME, AsJson, EventNumbers, EveryEvent, Home, show
from cli.running_store import store_here
from operations.intake import quarantine


def drop(
    numbers: EventNumbers = None,
    every: EveryEvent = False,
    home: Home = HOME,
    as_json: AsJson = False,
) -> None:
    """Let some go: they are not listed again, and are noted in the audit."""
    dropped = asyncio.run(_dropped(home, numbers or (), every=every))
    lines = [f"{number}: let go" for number in dropped] or ["nothing"]
    show({"dropped": dropped}, lines, as_json=as_json)


async def _dropped(home: Path, numbers: Sequence[int], *, every: bool) -> list[int]:
    async with store_here(home) as store:
        return await quarantine.drop(store, numbers, datetime.now(UTC), every=every)
