"""`purna address revive`: send to an address again, whatever came back from it."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from cli.options import HOME, AddressArgument, AsJson, Home, show
from cli.running_store import store_here
from cli.text.explained.known_address import address_lines
from operations.subjects.address import KnownAddress, revive


def revive_address(
    address: AddressArgument,
    home: Home = HOME,
    as_json: AsJson = False,
) -> None:
    """Send to an address again, whatever came back from it; a new bounce ends it anew."""
    known = asyncio.run(_known(home, address))
    show(known.to_json(), list(address_lines(known)), as_json=as_json)


async def _known(home: Path, address: str) -> KnownAddress:
    async with store_here(home) as store:
        return await revive(store, address, datetime.now(UTC))
