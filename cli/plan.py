"""`purna plan NEW`: who waits now, and what would change for them if these rules were published."""

import asyncio
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.asking import store_here
from cli.explanation import spelled
from cli.options import FOUND, HOME, AsJson, Home, show
from engine.backtests.wait_changes import Plan, Planner
from engine.catalog.values import instant
from engine.decisions.reach import reached
from engine.rules.ruleset import Ruleset
from operations.rules_folder import read_rules


def plan(
    new: Annotated[Path, typer.Argument(help="The folder of rules that may be published.")],
    home: Home = HOME,
    as_json: AsJson = False,  # a flag of the command line
) -> None:
    """Who is waiting, and what these rules would change for them; ends with 1 if anything."""
    ruleset = read_rules(new)
    active, planned = asyncio.run(_planned(home, ruleset, datetime.now(UTC)))
    told = {
        "active": active,
        "new": ruleset.revision,
        "rules": planned.to_json(instant if as_json else spelled),
    }
    show(told, list(lines(told)), as_json=as_json)
    if not planned.changes_nothing:
        raise typer.Exit(FOUND)


async def _planned(home: Path, new: Ruleset, now: datetime) -> tuple[str, Plan]:
    """The active revision, and the plan for every journey in which something waits or would begin
    to.
    """
    found = Plan()
    async with store_here(home) as store:
        planner = Planner(new, store.naming, now)
        for journey in await store.journeys.waiting():
            if (known := await store.journeys.situation(journey)) is not None:
                for waiting in planner.about(*known):
                    found.add(waiting)
        active = await store.rulesets.active()
        async for asked in store.journeys.concerned(reached(active, new)):
            for waiting in planner.added(*asked):
                found.add(waiting)
        return active.revision, found


def lines(told: Mapping[str, Any]) -> Iterator[str]:
    """The plan for a person."""
    yield f"{told['active']} → {told['new']}: who waits now"
    if not told["rules"]:
        yield "nobody"
    for rule, kinds in told["rules"].items():
        yield f"{rule}: " + ", ".join(f"{one['count']} {kind}" for kind, one in kinds.items())
        for kind, one in kinds.items():
            yield from (f"    {kind}  {_sample(sample)}" for sample in one["samples"])
            if one["samples"] and (more := one["count"] - len(one["samples"])):
                yield f"    … and {more} more"


def _sample(sample: Mapping[str, Any]) -> str:
    whose = next(f"{kind} {sample[kind]}" for kind in ("order", "customer") if kind in sample)
    return f"{whose}: " + " → ".join(sample[key] for key in ("was", "becomes") if key in sample)
