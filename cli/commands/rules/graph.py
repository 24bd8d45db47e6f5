"""`purna graph`: a rule, a file of rules, or the path of one order, as Mermaid or as a picture."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.options import HOME, RULES, AsJson, Home, RulesOption, SubjectShop, show, write_whole
from cli.text.progress import watched
from engine.graphs.graph import Graph, mermaid
from engine.graphs.svg import svg
from operations.cannot_run import CannotRun
from operations.logs.simulate import simulate
from operations.rules.graph import graph_of_order, graph_of_rules
from operations.rules.rules_folder import read_rules

_Rule = Annotated[str | None, typer.Argument(help="A rule, or a file of rules; else all of them.")]
_ORDER = "The path of this order instead, from the purna that runs."
_Events = Annotated[Path | None, typer.Option(help="A log of events to count from, JSON Lines.")]
_Svg = Annotated[Path | None, typer.Option("--svg", help="Write a picture there instead.")]


def graph(
    rule: _Rule = None,
    order: Annotated[str | None, typer.Option(help=_ORDER)] = None,
    shop: SubjectShop = None,
    events: _Events = None,
    output: _Svg = None,
    rules: RulesOption = RULES,
    home: Home = HOME,
    as_json: AsJson = False,
) -> None:
    """Draw rules, or what happened to an order."""
    if order is not None and (rule is not None or events is not None):
        raise CannotRun("--order draws what happened; it goes with no rule and no log")
    drawn = asyncio.run(_of_order(home, order, shop)) if order else _of_rules(rules, rule, events)
    text = mermaid(drawn)
    if output is not None:
        write_whole(output, svg(drawn))
    else:
        show({"mermaid": text}, [text.removesuffix("\n")], as_json=as_json)


def _of_rules(rules: Path, rule: str | None, events: Path | None) -> Graph:
    ruleset = read_rules(rules)
    if events is None:
        return graph_of_rules(ruleset, rule)
    with watched(events, "simulating") as read:
        simulation = simulate(events, ruleset, datetime.now(UTC), read=read)
    return graph_of_rules(ruleset, rule, simulation.tally.rules)


async def _of_order(home: Path, order: str, shop: str | None) -> Graph:
    from cli.running_store import store_here  # it imports the database: no other drawing needs it

    async with store_here(home) as store:
        return await graph_of_order(store, order, shop)
