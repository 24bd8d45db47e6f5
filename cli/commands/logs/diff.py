"""`purna diff OLD NEW --events LOG`: which messages another set of rules would change."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.options import FOUND, AsJson, show
from cli.text.differences import lines
from cli.text.progress import watched
from operations.logs import diff as operation
from operations.rules.rules_folder import read_rules


def diff(
    old: Annotated[Path, typer.Argument(help="A folder of rules.")],
    new: Annotated[Path, typer.Argument(help="Another one.")],
    events: Annotated[Path, typer.Option(help="A log of events, JSON Lines.")],
    as_json: AsJson = False,
) -> None:
    """Which messages are added, removed, moved or reworded; ends with 1 if any."""
    before, after = read_rules(old), read_rules(new)
    with watched(events, "comparing") as read:
        found = operation.diff(before, after, events, datetime.now(UTC), read)
    show(found.to_json(), list(lines(found.to_json())), as_json=as_json)
    if not found.is_empty:
        raise typer.Exit(FOUND)
