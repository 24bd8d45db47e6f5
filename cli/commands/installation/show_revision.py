"""`purna rulesets show REV`: what a revision says, when it was active, and what it changed."""

import asyncio
from pathlib import Path

from cli.options import HOME, AsJson, Home, RevisionArgument, show
from cli.running_store import store_here
from cli.text.changed_rules.revisions import shown_lines
from operations.revisions import stored_revision as operation
from operations.revisions.stored_revision import ShownRevision


def show_revision(revision: RevisionArgument, home: Home = HOME, as_json: AsJson = False) -> None:
    """What a revision says, when it was active, and what it changed."""
    shown = asyncio.run(_shown(home, revision))
    show(shown.to_json(), list(shown_lines(shown)), as_json=as_json)


async def _shown(home: Path, revision: str) -> ShownRevision:
    async with store_here(home) as store:
        return await operation.show_revision(store, revision)
