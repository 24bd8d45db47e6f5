"""`purna ledger settle`: what a person found out about a message nobody was sure of."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.options import HOME, AsJson, Home, show
from cli.running_store import store_here
from operations import settle as operation
from operations.settle import BecameOfIt, SettledMessage


def settle(
    key: Annotated[str, typer.Argument(help="The key of an uncertain message.")],
    what: Annotated[
        BecameOfIt, typer.Argument(help="What became of it; a lost one is sent again.")
    ],
    home: Home = HOME,
    as_json: AsJson = False,
) -> None:
    """Say what became of an uncertain message."""
    settled = asyncio.run(_settled(home, key, what))
    show(settled.to_json(), [f"{settled.key}: {settled.state}"], as_json=as_json)


async def _settled(home: Path, key: str, what: BecameOfIt) -> SettledMessage:
    async with store_here(home) as store:
        return await operation.settle(store, key, what, datetime.now(UTC))
