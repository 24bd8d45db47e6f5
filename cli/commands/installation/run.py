"""`purna run`: every part on this machine, with sample orders on the first start."""

import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.options import HOME, RULES, AsJson, Home, RulesOption
from cli.text.installation import (
    NOT_PUBLISHED,
    NOT_STARTED,
    SAMPLES_FIRST,
    STARTING,
    addresses,
    notice,
    rules_lines,
    verdict_sentence,
)
from engine.rules.ruleset import Ruleset
from local.environment import environment
from local.installation import (
    MOVED_CLOCKS,
    Installation,
    InstallationPlan,
    is_begun,
    open_installation,
)
from local.rehearsal.demo.log import read_log
from local.rehearsal.demo.play import played
from operations.cannot_run import Findings
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
    """Start everything on this machine and stay up. Rules that a person published or went back to
    stay, whatever the folder says.
    """
    asyncio.run(_run(home, rules, samples=samples, as_json=as_json))


async def _run(home: Path, rules: Path, *, samples: bool, as_json: bool) -> None:
    """Up until a signal. The samples move the clocks of their orders, so their times lie ahead."""
    environ = environment()
    folder = _folder(rules, is_begun=is_begun(home, environ))
    believed = {name: environ.get(name) or usual for name, usual in MOVED_CLOCKS.items()}
    settings = believed if samples else {}
    plan = InstallationPlan(environ, settings, notice=notice, begins=STARTING)
    async with open_installation(home, folder, plan) as installation:
        for line in rules_lines(installation.rules, folder, rules):
            notice(line)
        refresh_schemas(home, rules)
        if samples and not await installation.has_events():
            await _play_samples(installation)
        told = dict(installation.running.addresses)
        sys.stdout.write((json.dumps(told) if as_json else addresses(installation)) + "\n")
        sys.stdout.flush()
        await installation.supervisor.wait()


def _folder(rules: Path, *, is_begun: bool) -> Ruleset | Findings:
    """The rules of the folder, or the mistakes that somebody is about to mend; raised where nothing
    has begun that could go on without it.
    """
    otherwise = NOT_PUBLISHED if is_begun else NOT_STARTED
    try:
        return sound_rules(rules, datetime.now(UTC).date(), otherwise=otherwise)
    except Findings as findings:
        if not is_begun:
            raise
        return findings


async def _play_samples(installation: Installation) -> None:
    notice(SAMPLES_FIRST)
    verdict = await played(read_log(SAMPLES, None), installation, datetime.now(UTC))
    notice(verdict_sentence(verdict))
