"""`purna ledger uncertain`: messages that may or may not have arrived."""

import asyncio
from pathlib import Path

import typer

from cli.options import FOUND, HOME, AsJson, Home, show
from cli.running_store import store_here
from cli.text.uncertain_messages import uncertain_line
from operations import settle
from operations.settle import UncertainMessage


def uncertain(home: Home = HOME, as_json: AsJson = False) -> None:
    """List the messages that may or may not have arrived; exits 1 if there are any."""
    found = asyncio.run(_uncertain(home))
    lines = [uncertain_line(one) for one in found] or ["none"]
    show([one.to_json() for one in found], lines, as_json=as_json)
    if found:
        raise typer.Exit(FOUND)


async def _uncertain(home: Path) -> list[UncertainMessage]:
    async with store_here(home) as store:
        return await settle.uncertain(store)
