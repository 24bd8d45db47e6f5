"""`purna address show`: what came back from an address, and whether it is still used."""

import asyncio
from pathlib import Path

from cli.options import HOME, AddressArgument, AsJson, Home, show
from cli.running_store import store_here
from cli.text.explained.known_address import address_lines
from operations.subjects.address import KnownAddress, look_up


def show_address(
    address: AddressArgument,
    home: Home = HOME,
    as_json: AsJson = False,
) -> None:
    """What came back from an address, and whether messages are still sent there."""
    known = asyncio.run(_known(home, address))
    show(known.to_json(), list(address_lines(known)), as_json=as_json)


async def _known(home: Path, address: str) -> KnownAddress:
    async with store_here(home) as store:
        return await look_up(store, address)
