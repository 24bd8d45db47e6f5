"""`purna find ADDRESS`: who has a mail address or a phone number, and which orders are theirs."""

import asyncio
from pathlib import Path

from cli.options import HOME, AddressArgument, AsJson, Home, show
from cli.running_store import store_here
from operations.instants import spelled
from operations.subjects import find as operation
from operations.subjects.find import PersonAtAddress


def find(address: AddressArgument, home: Home = HOME, as_json: AsJson = False) -> None:
    """Who has a mail address or a phone number, or had it, and which orders are theirs."""
    people = asyncio.run(_people(home, address))
    show([one.to_json() for one in people], [_line(one) for one in people], as_json=as_json)


def _line(one: PersonAtAddress) -> str:
    orders = f" · orders {', '.join(one.orders)}" if one.orders else ""
    until = f" · until {spelled(one.until)}" if one.until else ""
    return f"customer {one.customer} · shop {one.shop}{orders}{until}"


async def _people(home: Path, address: str) -> list[PersonAtAddress]:
    async with store_here(home) as store:
        return await operation.find(store, address)
