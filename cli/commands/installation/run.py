"""`purna run`: every part on this machine, with sample orders on the first start."""

import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.options import HOME, RULES, AsJson, Home, RulesOption
from cli.text.installation import SAMPLES_FIRST, STARTING, addresses, notice, verdict_sentence
from local.environment import environment
from local.installation import MOVED_CLOCKS, Installation, InstallationPlan, open_installation
from local.rehearsal.demo.log import read_log
from local.rehearsal.demo.play import played
from operations.rules.check import sound_rules
from operations.rules.schema import refresh_schemas
from process.shipped import SAMPLES


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
    ruleset = sound_rules(rules, datetime.now(UTC).date(), otherwise="nothing was started")
    environ = environment()
    believed = {name: environ.get(name) or usual for name, usual in MOVED_CLOCKS.items()}
    settings = believed if samples else {}
    plan = InstallationPlan(environ, settings, notice=notice, begins=STARTING)
    async with open_installation(home, ruleset, plan) as installation:
        refresh_schemas(home, rules)
        if samples and not await installation.has_events():
            await _play_samples(installation)
        told = dict(installation.running.addresses)
        sys.stdout.write((json.dumps(told) if as_json else addresses(installation)) + "\n")
        sys.stdout.flush()
        await installation.supervisor.wait()


async def _play_samples(installation: Installation) -> None:
    notice(SAMPLES_FIRST)
    verdict = await played(read_log(SAMPLES, None), installation, datetime.now(UTC))
    notice(verdict_sentence(verdict))
