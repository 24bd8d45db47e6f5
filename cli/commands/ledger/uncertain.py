"""`purna ledger uncertain`: messages that may or may not have arrived."""

import asyncio
from pathlib import Path

from cli.options import HOME, AsJson, Home, ListedShop, show_findings
from cli.running_store import store_here
from cli.text.ledger_rows import uncertain_line
from operations import settle
from operations.settle import UncertainMessage


def uncertain(shop: ListedShop = None, home: Home = HOME, as_json: AsJson = False) -> None:
    """List the messages that may or may not have arrived; exits 1 if there are any."""
    show_findings(asyncio.run(_uncertain(home, shop)), uncertain_line, "none", as_json=as_json)


async def _uncertain(home: Path, shop: str | None) -> list[UncertainMessage]:
    async with store_here(home) as store:
        return await settle.uncertain(store, shop)
