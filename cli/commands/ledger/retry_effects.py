"""`purna ledger retry`: what failed is tried again once a person has mended why."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.options import HOME, AsJson, Home, LedgerRule, ListedShop, Since, finding, show
from cli.running_store import store_here
from operations import failed_effects as operation
from operations.failed_effects import RetriedEffect


def retry_effects(
    key: Annotated[str | None, typer.Argument(help="The key of one that failed.")] = None,
    rule: LedgerRule = None,
    since: Since = None,
    shop: ListedShop = None,
    home: Home = HOME,
    as_json: AsJson = False,
) -> None:
    """Try what failed again: one by its key, or all of a rule; exits 1 if one is not."""
    if (key is None) == (rule is None):
        raise typer.BadParameter("say the key of one, or --rule for all that failed of a rule")
    if key is not None and (since or shop):
        raise typer.BadParameter("--since and --shop go with --rule; a key means one alone")
    retried = asyncio.run(_retried(home, key, rule, since, shop))
    lines = [f"{one.key}: {one.why or one.state}" for one in retried] or ["nothing"]
    show([one.to_json() for one in retried], lines, as_json=as_json)
    if any(one.why for one in retried):
        raise finding("some are not tried again")


async def _retried(
    home: Path, key: str | None, rule: str | None, since: datetime | None, shop: str | None
) -> list[RetriedEffect]:
    now = datetime.now(UTC)
    async with store_here(home) as store:
        if key is not None:
            return await operation.retry(store, key, now)
        return await operation.retry_all(store, rule or "", since, now, shop)
