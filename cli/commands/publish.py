"""`purna publish`: a folder of rules becomes the active revision."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli import asking
from cli.options import HOME, RULES, AsJson, Home, show_figures


def publish(
    rules: Annotated[Path, typer.Argument(help="The folder of rules.")] = RULES,
    home: Home = HOME,
    reason: Annotated[str, typer.Option(help="Why; kept with the revision.")] = "",
    as_json: AsJson = False,
) -> None:
    """Check a folder of rules and make it the active revision; a bad one changes nothing."""
    told = asyncio.run(asking.publish(home, rules, reason))
    show_figures(told, as_json=as_json)
    if not told["reached"]:
        sys.stderr.write(
            "the revision is active; those it has not reached yet are nudged by the worker, soon\n"
        )
