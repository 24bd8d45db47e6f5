"""`purna plan NEW`: who waits now, and what would change for them if these rules were published."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.options import FOUND, HOME, AsJson, Home, MoveWaits, show
from cli.running_store import store_here
from cli.text.changed_rules.waits import waits_lines
from engine.rules.ruleset import Ruleset
from operations.instants import spelled
from operations.revisions.plan import PlannedChange
from operations.revisions.plan import plan as plan_rules
from operations.rules.rules_folder import read_rules


def plan(
    new: Annotated[Path, typer.Argument(help="The folder of rules that may be published.")],
    home: Home = HOME,
    move_waits: MoveWaits = False,
    as_json: AsJson = False,
) -> None:
    """Who is waiting, and what these rules would change for them; ends with 1 if anything."""
    planned = asyncio.run(_planned(home, read_rules(new), moves_waits=move_waits))
    show(planned.to_json(), list(waits_lines(planned.to_json(spelled))), as_json=as_json)
    if not planned.changes_nothing:
        raise typer.Exit(FOUND)


async def _planned(home: Path, new: Ruleset, *, moves_waits: bool) -> PlannedChange:
    async with store_here(home) as store:
        return await plan_rules(store, new, datetime.now(UTC), moves_waits=moves_waits)
