"""`purna event quarantined`: what could not be made sense of, and why."""

import asyncio
from pathlib import Path

import typer

from cli.options import FOUND, HOME, AsJson, Home, show
from cli.running_store import store_here
from cli.text.quarantine import quarantined_line
from operations.intake import quarantine
from operations.intake.quarantine import QuarantinedEvent


def quarantined(home: Home = HOME, as_json: AsJson = False) -> None:
    """List what could not be made sense of, and why; exits 1 if there is anything."""
    found = asyncio.run(_quarantined(home))
    lines = [quarantined_line(one) for one in found] or ["nothing"]
    show([one.to_json() for one in found], lines, as_json=as_json)
    if found:
        raise typer.Exit(FOUND)


async def _quarantined(home: Path) -> list[QuarantinedEvent]:
    async with store_here(home) as store:
        return await quarantine.quarantined(store)
