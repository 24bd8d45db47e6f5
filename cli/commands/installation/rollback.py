"""`purna rollback`: an earlier revision becomes the active one again."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.options import HOME, AsJson, By, Home, WhyOption, author, show
from cli.running_store import store_here
from operations.revisions import rollback as operation
from operations.revisions.authorship import Authorship
from operations.revisions.rulesets import ActivatedRevision
from operations.rules.rules_folder import known_actions


def rollback(
    revision: Annotated[
        str | None, typer.Argument(help="Which; else the one before. Its beginning is enough.")
    ] = None,
    home: Home = HOME,
    reason: WhyOption = "",
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Make an earlier revision the active one again, everywhere at once."""
    authorship = Authorship(author(by), reason, datetime.now(UTC))
    found = asyncio.run(_rolled_back(home, revision, authorship))
    show(found.to_json(), [f"{found.revision} is active"], as_json=as_json)


async def _rolled_back(home: Path, wanted: str | None, by: Authorship) -> ActivatedRevision:
    async with store_here(home) as store:
        return await operation.rollback(store, wanted, known_actions(), by)
