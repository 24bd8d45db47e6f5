"""`purna rulesets export REV`: the files of a revision, as they were published."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from cli.options import HOME, AsJson, Home, RevisionArgument, show
from cli.running_store import stored_rules
from operations.revisions.stored_revision import write_revision


def export_revision(
    revision: RevisionArgument,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="The folder; else one named after the revision."),
    ] = None,
    home: Home = HOME,
    as_json: AsJson = False,
) -> None:
    """Write the files of a revision to a new folder."""
    ruleset = asyncio.run(stored_rules(home, revision))
    folder = out or Path(f"rules-{ruleset.revision}")
    write_revision(ruleset, folder)
    files = len(ruleset.files)
    told = {"revision": ruleset.revision, "folder": str(folder), "files": files}
    show(told, [f"{files} files of {ruleset.revision} are in {folder}"], as_json=as_json)
