"""`purna event quarantined`: what could not be made sense of, and why."""

import asyncio
from pathlib import Path

from cli.options import HOME, AsJson, Home, ListedShop, show_findings
from cli.running_store import store_here
from cli.text.quarantine import quarantined_line
from operations.intake import quarantine
from operations.intake.quarantine import QuarantinedEvent


def quarantined(shop: ListedShop = None, home: Home = HOME, as_json: AsJson = False) -> None:
    """List what could not be made sense of, and why; exits 1 if there is anything."""
    show_findings(
        asyncio.run(_quarantined(home, shop)), quarantined_line, "nothing", as_json=as_json
    )


async def _quarantined(home: Path, shop: str | None) -> list[QuarantinedEvent]:
    async with store_here(home) as store:
        return await quarantine.quarantined(store, shop)
