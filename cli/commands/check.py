"""`purna check`: everything that is wrong with a folder of rules."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli import checking
from cli.options import FOUND, HOME, RULES, AsJson, Home, RulesArgument
from engine.checks.usage import MOST_A_DAY
from operations.cannot_run import CannotRun
from operations.schema import refresh_schemas


def check(
    rules: RulesArgument = RULES,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings are findings too.")] = False,
    fix: Annotated[
        bool, typer.Option("--fix", help="Mend what can be mended with certainty.")
    ] = False,
    events: Annotated[
        Path | None, typer.Option(help="A log of events to try the rules on, JSON Lines.")
    ] = None,
    most: Annotated[
        int | None,
        typer.Option(
            min=0, help=f"Firings a day that are not too many, {MOST_A_DAY}; needs --events."
        ),
    ] = None,
    home: Home = HOME,
    as_json: AsJson = False,
) -> None:
    """Tell everything that is wrong with a folder of rules; docs/checks explains each code."""
    if most is not None and events is None:
        raise CannotRun("--most needs --events")
    found = checking.check(rules, fix=fix, log=events, most=MOST_A_DAY if most is None else most)
    refresh_schemas(home, rules)
    lines = [json.dumps(found.to_json())] if as_json else found.lines()
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    if not found.is_good(strict=strict):
        raise typer.Exit(FOUND)
