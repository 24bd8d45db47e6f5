"""`purna run`: every part on this machine, with sample orders on the first start."""

import asyncio
from typing import Annotated

import typer

from cli import run as running
from cli.options import HOME, RULES, AsJson, Home, RulesOption


def run(
    home: Home = HOME,
    rules: RulesOption = RULES,
    samples: Annotated[
        bool, typer.Option(help="Play twelve sample orders on the first start.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Start everything on this machine and stay up."""
    asyncio.run(running.run(home, rules, samples=samples, as_json=as_json))
