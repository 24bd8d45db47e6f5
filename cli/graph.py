"""`purna graph`: a rule, a file of rules, or the path of one order, as Mermaid or as a picture."""

import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.options import HOME, RULES, AsJson, Home, RulesOption
from cli.running_store import store_here
from cli.simulate import simulated
from engine.catalog.catalog import closest
from engine.graphs.graph import Graph, mermaid
from engine.graphs.path_graph import OrderPath, path_graph
from engine.graphs.rule_graph import rules_graph
from engine.graphs.svg import svg
from engine.rules.rule import Rule
from engine.rules.ruleset import Ruleset
from operations.cannot_run import CannotRun, unusable
from operations.rules_folder import read_rules


def graph(  # each is an option of the command line
    rule: Annotated[
        str | None, typer.Argument(help="A rule, or a file of rules; else all of them.")
    ] = None,
    order: Annotated[
        str | None, typer.Option(help="The path of this order instead, from the purna that runs.")
    ] = None,
    events: Annotated[
        Path | None, typer.Option(help="A log of events to count from, JSON Lines.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--svg", help="Write a picture there instead.")
    ] = None,
    rules: RulesOption = RULES,
    home: Home = HOME,
    as_json: AsJson = False,  # a flag of the command line
) -> None:
    """Draw rules, or what happened to an order."""
    if order is not None and (rule is not None or events is not None):
        raise CannotRun("--order draws what happened; it goes with no rule and no log")
    drawn = (
        asyncio.run(_of_order(home, order)) if order else _of_rules(read_rules(rules), rule, events)
    )
    if output is not None:
        _write(output, svg(drawn))
    else:
        text = mermaid(drawn)
        sys.stdout.write(
            json.dumps({"mermaid": text}, ensure_ascii=False) + "\n" if as_json else text
        )


def _of_rules(ruleset: Ruleset, wanted: str | None, events: Path | None) -> Graph:
    chosen = chosen_rules(ruleset, wanted)
    tallies = simulated(events, ruleset, datetime.now(UTC)).tally.rules if events else None
    return rules_graph(chosen, ruleset, tallies)


def chosen_rules(ruleset: Ruleset, wanted: str | None) -> list[Rule]:
    """The rule of this id, else those of the file of this name, in the order in which
    they stand.
    """
    rules = sorted(ruleset.rules.values(), key=lambda one: one.position)
    if wanted is None:
        return rules
    if (rule := ruleset.rule(wanted)) is not None:
        return [rule]
    found = [
        one
        for one in rules
        if wanted in (one.position.file, Path(one.position.file).name, _stem(one))
    ]
    if not found:
        near = closest(wanted, [*ruleset.rules, *map(_stem, rules)])
        raise CannotRun(
            f"there is no rule and no file {wanted}" + (f", did you mean {near}?" if near else "")
        )
    return found


def _stem(rule: Rule) -> str:
    return Path(rule.position.file).stem


async def _of_order(home: Path, order: str) -> Graph:
    async with store_here(home) as store:
        events = await store.inquiries.events_of(order)
        if not events:
            raise CannotRun(f"nothing is known of an order {order}")
        effects = await store.inquiries.effects(order)
        names = sorted(
            {*(await store.rulesets.active()).rules, *(effect.firing.rule_id for effect in effects)}
        )
        decisions = [
            decision for name in names for decision in await store.inquiries.decisions(name, order)
        ]
        return path_graph(
            OrderPath(events, decisions, effects, await store.inquiries.waits_of(order))
        )


def _write(output: Path, text: str) -> None:
    part = output.with_name(output.name + ".part")
    try:
        part.write_text(text, "utf-8")
        part.replace(output)
    except OSError as error:
        raise CannotRun(unusable(error)) from None
