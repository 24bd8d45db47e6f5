"""`purna export CUSTOMER`: everything that is known of a customer."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.options import HOME, AsJson, CustomerArgument, Home, Shop
from cli.running_store import store_here
from cli.text.installation import notice
from engine.facts.naming import own_id, shop_of
from local.embedded.private_file import replace_private
from operations.subjects import export as operation
from operations.subjects.export import ExportedCustomer


def export(
    customer: CustomerArgument,
    shop: Shop = None,
    home: Home = HOME,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="The file to write, for your eyes only; else stdout."),
    ] = None,
    as_json: AsJson = True,  # noqa: ARG001  # it is JSON anyway; the flag is every command's
) -> None:
    """Write everything that is known of a customer as JSON."""
    found = asyncio.run(_exported(home, customer, shop))
    if (own := own_id(found.customer)) != customer:
        notice(f"{customer} means customer {own} of shop {shop_of(found.customer)}")
    text = json.dumps(found.to_json(), ensure_ascii=False, indent=2) + "\n"
    if output is None:
        sys.stdout.write(text)
    else:
        replace_private(output, text)


async def _exported(home: Path, customer: str, shop: str | None) -> ExportedCustomer:
    async with store_here(home) as store:
        return await operation.export(store, customer, shop)
