"""`purna rulesets`: which revision holds, since when, by whom and why, and which did before."""

import asyncio
from pathlib import Path

from cli.options import HOME, AsJson, Home, show
from cli.running_store import store_here
from cli.text.changed_rules.revisions import revision_line
from operations.revisions import rulesets as operation
from operations.revisions.rulesets import ActivatedRevision


def rulesets(home: Home = HOME, as_json: AsJson = False) -> None:
    """Every revision that was made active: when, by whom, why; the last one holds."""
    found = asyncio.run(_activated(home))
    lines = [revision_line(one) for one in found] or ["nothing has been published yet"]
    show([one.to_json() for one in found], lines, as_json=as_json)


async def _activated(home: Path) -> list[ActivatedRevision]:
    async with store_here(home) as store:
        return await operation.rulesets(store)
