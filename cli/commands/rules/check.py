"""`purna check`: everything that is wrong with a folder of rules."""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.options import FOUND, HOME, RULES, AsJson, Home, RulesArgument
from engine.checks.usage import MOST_A_DAY
from engine.conditions.problems import Problem
from engine.rules.ruleset import Ruleset
from operations.cannot_run import CannotRun
from operations.rules import check as operation

_MOST = f"Firings a day that are not too many, {MOST_A_DAY}; needs --events."


def check(
    rules: RulesArgument = RULES,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings are findings too.")] = False,
    fix: Annotated[
        bool, typer.Option("--fix", help="Mend what can be mended with certainty.")
    ] = False,
    events: Annotated[
        Path | None, typer.Option(help="A log of events to try the rules on, JSON Lines.")
    ] = None,
    most: Annotated[int | None, typer.Option(min=0, help=_MOST)] = None,
    home: Home = HOME,
    as_json: AsJson = False,
) -> None:
    """Tell everything that is wrong with a folder of rules; docs/checks explains each code."""
    if most is not None and events is None:
        raise CannotRun("--most needs --events")
    of_log = _log_check(events, MOST_A_DAY if most is None else most) if events else None
    found = operation.check(rules, datetime.now(UTC).date(), fix=fix, of_log=of_log)
    if home.is_dir():
        from operations.rules.schema import refresh_schemas  # not every folder has a home

        refresh_schemas(home, rules)
    lines = [json.dumps(found.to_json())] if as_json else found.lines()
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    if not found.is_good(strict=strict):
        raise typer.Exit(FOUND)


def _log_check(log: Path, most: int) -> operation.LogCheck:
    """What a log says of the rules. Most checks have none, and the simulator is slow to import."""
    from cli.text.progress import watched
    from operations.logs.log_usage import usage_of

    def problems(ruleset: Ruleset) -> Iterator[Problem]:
        with watched(log, "playing the log") as read:
            usage = usage_of(log, ruleset, datetime.now(UTC), read)
        yield from usage.problems(most)

    return problems
