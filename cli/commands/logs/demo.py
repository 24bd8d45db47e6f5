"""`purna demo`: a log played on real parts, and a verdict on what was sent."""

import asyncio
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.options import FOUND, RULES, AsJson, RulesOption, show_figures
from cli.text.installation import notice
from local.environment import environment
from local.installation import MOVED_CLOCKS, InstallationPlan, open_installation, temporary_home
from local.rehearsal.demo.log import read_log
from local.rehearsal.demo.play import played
from local.rehearsal.demo.verdict import DemoVerdict
from operations.cannot_run import CannotRun
from operations.rules.check import sound_rules
from process.shipped import SAMPLES


def demo(
    events: Annotated[Path, typer.Option(help="A log of events, JSON Lines.")] = SAMPLES,
    orders: Annotated[
        int | None, typer.Option(min=1, help="Only the first so many orders.")
    ] = None,
    rules: RulesOption = RULES,
    home: Annotated[
        Path | None, typer.Option(help="Keep everything there; else it is gone afterwards.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Play a log on real parts and judge what was sent: lost, twice, or unexpected."""
    verdict = asyncio.run(_demo(events, orders, rules, home))
    show_figures(verdict.to_json(), as_json=as_json)
    if not verdict.is_clean:
        raise typer.Exit(FOUND)


async def _demo(log: Path, orders: int | None, rules: Path, home: Path | None) -> DemoVerdict:
    """On fresh parts of its own, which are gone afterwards unless `home` says where to keep
    them.
    """
    events = read_log(log, orders)
    ruleset = sound_rules(rules, datetime.now(UTC).date(), otherwise="nothing was started")
    plan = InstallationPlan(environment(), settings=MOVED_CLOCKS, notice=notice)
    with nullcontext(home) if home else temporary_home("purna-demo-") as folder:
        async with open_installation(folder, ruleset, plan) as installation:
            if await installation.has_events():
                raise CannotRun(f"{folder} holds events already: a demo needs a home of its own")
            return await played(events, installation, datetime.now(UTC))
    raise CannotRun("the demo was interrupted")
