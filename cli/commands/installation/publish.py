"""`purna publish`: a folder of rules becomes the active revision."""

import asyncio
import getpass
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.options import HOME, RULES, AsJson, Home, RulesArgument, show_figures
from cli.running_store import store_here
from engine.rules.ruleset import Ruleset
from operations.revisions.authorship import Authorship
from operations.revisions.publish import PublishedRules
from operations.revisions.publish import publish as publish_rules
from operations.rules.check import sound_rules


def publish(
    rules: RulesArgument = RULES,
    home: Home = HOME,
    reason: Annotated[str, typer.Option(help="Why; kept with the revision.")] = "",
    as_json: AsJson = False,
) -> None:
    """Check a folder of rules and make it the active revision; a bad one changes nothing."""
    ruleset = sound_rules(rules, datetime.now(UTC).date(), otherwise="nothing was published")
    by = Authorship(getpass.getuser(), reason, datetime.now(UTC))
    published = asyncio.run(_published(home, ruleset, by))
    show_figures(published.to_json(), as_json=as_json)
    if not published.reached:
        sys.stderr.write(
            "the revision is active; those it has not reached yet are nudged by the worker, soon\n"
        )


async def _published(home: Path, ruleset: Ruleset, by: Authorship) -> PublishedRules:
    async with store_here(home) as store:
        return await publish_rules(store, ruleset, by)
