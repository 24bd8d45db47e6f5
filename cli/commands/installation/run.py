"""`purna run`: every part on this machine, with sample orders on the first start."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.first_start import play_samples, rules_to_start_with
from cli.options import HOME, RULES, AsJson, Home, RulesOption
from cli.text.installation import STARTING, addresses, notice, rules_lines
from local.environment import environment
from local.installation import MOVED_CLOCKS, InstallationPlan, is_begun, open_installation
from operations.rules.schema import refresh_schemas


def run(
    home: Home = HOME,
    rules: RulesOption = RULES,
    samples: Annotated[
        bool, typer.Option(help="Play twelve sample orders on the first start.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Start everything on this machine and stay up."""
    asyncio.run(_run(home, rules, samples=samples, as_json=as_json))


async def _run(home: Path, rules: Path, *, samples: bool, as_json: bool) -> None:
    """Up until a signal. The samples move the clocks of their orders, so their times lie ahead."""
    environ = environment()
    folder = rules_to_start_with(rules, is_begun=is_begun(home, environ))
    believed = {name: environ.get(name) or usual for name, usual in MOVED_CLOCKS.items()}
    settings = believed if samples else {}
    plan = InstallationPlan(environ, settings, notice=notice, begins=STARTING)
    async with open_installation(home, folder, plan) as installation:
        for line in rules_lines(installation.rules, folder, rules):
            notice(line)
        refresh_schemas(home, rules)
        if samples and not await installation.has_events():
            await play_samples(installation)
        told = dict(installation.running.addresses)
        sys.stdout.write((json.dumps(told) if as_json else addresses(installation)) + "\n")
        sys.stdout.flush()
        await installation.supervisor.wait()
