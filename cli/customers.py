"""`purna export` and `purna erase`: what is known of a customer, and the end of it."""

import asyncio
import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.asking import store_here
from cli.options import HOME, AsJson, Home, finding, show
from engine.facts.naming import shop_of, subject_id
from operations.cannot_run import CannotRun
from store.postgres.store import PostgresStore

CustomerArgument = Annotated[str, typer.Argument(help="The id of a customer in their shop.")]
Shop = Annotated[str | None, typer.Option(help="Which shop, where two have a customer of that id.")]


def export(
    customer: CustomerArgument,
    shop: Shop = None,
    home: Home = HOME,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The file to write; else stdout.")
    ] = None,
    as_json: AsJson = True,  # noqa: ARG001  # it is JSON anyway; the flag is every command's
) -> None:
    """Write everything that is known of a customer as JSON."""
    found = (
        json.dumps(asyncio.run(_exported(home, customer, shop)), ensure_ascii=False, indent=2)
        + "\n"
    )
    if output is None:
        sys.stdout.write(found)
    else:
        output.write_text(found, encoding="utf-8")


def erase(
    customer: CustomerArgument,
    shop: Shop = None,
    home: Home = HOME,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask.")
    ] = False,  # a flag of the command line
    as_json: AsJson = False,  # a flag of the command line
) -> None:
    """Blank everything that was stated of a customer, drop what is unsent, and say nothing to them
    again.

    It cannot be undone. The write-ahead log and backups keep it until they expire.
    """
    if not yes and not typer.confirm(
        f"Erase customer {customer}? This cannot be undone.", err=True
    ):
        raise CannotRun("nothing was erased")
    told = asyncio.run(_erased(home, customer, shop))
    show(
        told,
        [f"{name.replace('_', ' '):<17} {value}" for name, value in told.items()],
        as_json=as_json,
    )
    if not told["tables_rewritten"]:
        raise finding(
            "erased; old pages remain, as a table was in use for a minute: run the command once more"
        )


async def _exported(home: Path, customer: str, shop: str | None) -> Mapping[str, Any]:
    async with store_here(home) as store:
        return await store.customers.export(await _meant(store, customer, shop))


async def _erased(home: Path, customer: str, shop: str | None) -> dict[str, Any]:
    async with store_here(home) as store:
        subject = await _meant(store, customer, shop)
        erased = await store.customers.erase(subject, datetime.now(UTC))
        rewritten = await store.customers.rewrite()
    counted = {
        name: getattr(erased, name) for name in ("orders", "events", "journeys", "messages_dropped")
    }
    return {"customer": subject, **counted, "tables_rewritten": rewritten}


async def _meant(store: PostgresStore, customer: str, shop: str | None) -> str:
    """The customer's subject id; `CannotRun` if there is none, or several."""
    found = await store.customers.with_id(customer)
    if shop is not None:
        found = [one for one in found if one == subject_id("customer", shop, customer)]
    if not found:
        raise CannotRun(
            f"nothing is known of a customer {customer}" + (f" of {shop}" if shop else "")
        )
    if len(found) > 1:
        shops = ", ".join(shop_of(one) for one in found)
        raise CannotRun(f"several shops have a customer {customer}: say --shop, one of {shops}")
    return found[0]
