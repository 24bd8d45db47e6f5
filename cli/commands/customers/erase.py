"""`purna erase CUSTOMER`: the end of everything that was stated of a customer."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.options import HOME, AsJson, CustomerArgument, Home, Shop, finding, show
from cli.question import ask
from cli.running_store import store_here
from engine.facts.naming import own_id, shop_of
from operations.subjects import erase as operation
from operations.subjects.customer import customer_meant
from operations.subjects.erase import ErasedCustomer


def erase(
    customer: CustomerArgument,
    shop: Shop = None,
    home: Home = HOME,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Blank everything that was stated of a customer, drop what is unsent, and say nothing to them
    again.

    It cannot be undone. The write-ahead log and backups keep it until they expire.
    """
    if not yes:
        subject = asyncio.run(_meant(home, customer, shop))
        customer, shop = own_id(subject), shop_of(subject)
        ask(
            f"Erase customer {customer} of shop {shop}? This cannot be undone.",
            "nothing was erased",
        )
    erased = asyncio.run(_erased(home, customer, shop))
    figures = erased.to_json().items()
    lines = [f"{name.replace('_', ' '):<17} {value}" for name, value in figures]
    show(erased.to_json(), lines, as_json=as_json)
    if not erased.tables_rewritten:
        raise finding(
            "erased; old pages remain, as a table was in use for a minute:"
            " run the command once more"
        )


async def _meant(home: Path, customer: str, shop: str | None) -> str:
    async with store_here(home) as store:
        return await customer_meant(store, customer, shop)


async def _erased(home: Path, customer: str, shop: str | None) -> ErasedCustomer:
    async with store_here(home) as store:
        return await operation.erase(store, customer, shop, datetime.now(UTC))
