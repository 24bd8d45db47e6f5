"""`purna doctor`: whether an installation has what it needs, and what to do where it has not."""

import asyncio
from datetime import UTC, datetime

import typer

from cli.options import FOUND, HOME, AsJson, Home, show
from cli.text.findings import lines_of
from compose.examined_parts import examined_parts
from local.environment import environment_here
from operations.doctor import examine


def doctor(home: Home = HOME, as_json: AsJson = False) -> None:
    """Examine database, tables, rules, Temporal, secrets, mail and clocks, and tell what to do."""
    installation = examined_parts(environment_here(home), lambda: datetime.now(UTC))
    findings = asyncio.run(examine(installation))
    show([one.to_json() for one in findings], lines_of(findings), as_json=as_json)
    if not all(one.is_ok for one in findings):
        raise typer.Exit(FOUND)
