"""`purna diff OLD NEW`: what two sets of rules say differently, and with a log which messages."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.options import FOUND, HOME, AsJson, Home, show
from cli.text.changed_rules.revision_changes import change_lines
from cli.text.differences import lines
from cli.text.progress import watched
from engine.backtests.rule_changes import changes_between
from engine.rules.ruleset import Ruleset
from operations.logs import diff as operation
from operations.rules.rules_folder import read_rules

_SHORTEST = 4  # characters by which a revision may be named here


def diff(
    old: Annotated[str, typer.Argument(help="A folder of rules, or a revision.")],
    new: Annotated[str, typer.Argument(help="Another one.")],
    events: Annotated[
        Path | None, typer.Option(help="A log of events, JSON Lines, to compare messages by.")
    ] = None,
    home: Home = HOME,
    as_json: AsJson = False,
) -> None:
    """What two folders or revisions say differently, and with a log which messages; ends with 1 if
    any.
    """
    before, after = _rules(old, home), _rules(new, home)
    if events is None:
        changes = changes_between(before, after)
        show(changes.to_json(), list(change_lines(changes)), as_json=as_json)
        is_empty = changes.is_empty
    else:
        with watched(events, "comparing") as read:
            found = operation.diff(before, after, events, datetime.now(UTC), read)
        show(found.to_json(), list(lines(found.to_json())), as_json=as_json)
        is_empty = found.is_empty
    if not is_empty:
        raise typer.Exit(FOUND)


def _rules(named: str, home: Path) -> Ruleset:
    """The rules of a folder, else of a revision that was published here."""
    if Path(named).exists() or not _is_revision(named):
        return read_rules(Path(named))
    from cli.running_store import stored_rules  # the driver is slow to import

    return asyncio.run(stored_rules(home, named))


def _is_revision(named: str) -> bool:
    return len(named) >= _SHORTEST and set(named) <= set("0123456789abcdef")
