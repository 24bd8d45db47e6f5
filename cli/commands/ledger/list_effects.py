"""`purna ledger list`: what the ledger holds in a state, such as all that failed."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.options import HOME, AsJson, Home, LedgerRule, ListedShop, Since, show_findings
from cli.running_store import store_here
from cli.text.ledger_rows import ledger_line
from operations import failed_effects as operation
from operations.failed_effects import FAILED, LedgerRow


def list_effects(
    state: Annotated[
        str, typer.Option(help="A state or a reason: failed, refused, error, held, expired …")
    ] = FAILED,
    rule: LedgerRule = None,
    since: Since = None,
    shop: ListedShop = None,
    home: Home = HOME,
    as_json: AsJson = False,
) -> None:
    """List what failed, or is in another state, and why; exits 1 if there is anything."""
    rows = asyncio.run(_listed(home, state, rule, since, shop))
    show_findings(rows, ledger_line, "nothing", as_json=as_json)


async def _listed(
    home: Path, state: str, rule: str | None, since: datetime | None, shop: str | None
) -> list[LedgerRow]:
    async with store_here(home) as store:
        return await operation.listed(store, state, rule, since, shop)
