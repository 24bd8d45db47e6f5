"""`purna simulate LOG`: what the rules would have said to everybody in a log of events, and why
not.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.options import FOUND, RULES, AsJson, RulesOption, show
from engine.backtests.simulation import Simulation
from engine.rules.ruleset import Ruleset
from operations.event_log import lines_of, watched
from operations.log_play import LogPlay, undisturbed
from operations.rules_folder import read_rules
from operations.simulated_letters import example, lacks

_SHOWN = 3


def simulate(
    log: Annotated[Path, typer.Argument(help="A log of events, JSON Lines.")],
    rules: RulesOption = RULES,
    compare_reviews: Annotated[
        bool, typer.Option(help="Set our review requests beside the shop's own.")
    ] = False,  # a flag of the command line
    as_json: AsJson = False,  # a flag of the command line
) -> None:
    """Play a log of events: what fires, what is blocked, what comes near, and what goes wrong."""
    simulation = simulated(
        log, read_rules(rules), datetime.now(UTC), compare_reviews=compare_reviews
    )
    report = simulation.with_shops_own() if compare_reviews else simulation.to_json()
    show(report, list(lines(report)), as_json=as_json)
    if any(report["wrong_review_requests"].values()):
        raise typer.Exit(FOUND)


def simulated(
    log: Path, ruleset: Ruleset, now: datetime, *, compare_reviews: bool = False
) -> Simulation:
    """The counts of a whole log; `CannotRun` names the line that is no event of the catalog."""
    simulation = Simulation(ruleset, example)
    play = LogPlay(ruleset, replace(simulation.hands, lacks=lacks), simulation.tally.decided)
    with watched(log, "simulating") as read, undisturbed():
        for line in lines_of(log, read):
            event = line.event(ruleset.catalog, now)
            simulation.heard(event)
            if compare_reviews:
                simulation.shops.heard(event, line.raw)
            play.tell(event, line.place)
    play.end()
    return simulation


def lines(report: Mapping[str, Any]) -> Iterator[str]:
    """The report for a person."""
    messages = sum(report["messages"].values())
    yield f"{report['events']} events, {report['from']} to {report['to']}, revision {report['revision']}"
    yield f"{messages} messages: {_counts(report['messages']) or 'none'}"
    yield ""
    for name, rule in report["rules"].items():
        yield from _rule(name, rule)
    yield ""
    yield f"never fired      {', '.join(report['never_fired']) or 'none: every rule fired'}"
    yield f"no rule listens  {_counts(report['no_rule'], _SHOWN) or 'to nothing: every event is heard'}"
    days = ", ".join(
        f"{count}: {times}" for count, times in report["messages_per_customer_and_day"].items()
    )
    yield f"messages a day   {days or 'none'}   (messages to one customer on one day: how often)"
    yield from _reviews(report)


def _rule(name: str, rule: Mapping[str, Any]) -> Iterator[str]:
    mode = "" if rule["mode"] == "live" else f" ({rule['mode']})"
    done = _counts(rule["done"])
    yield f"{name}{mode}: fired {rule['fired']}" + (f"; {done}" if done else "")
    for title, key in (("held", "held"), ("blocked", "blocked"), ("near misses", "near_misses")):
        if told := _counts(rule[key]):
            yield f"    {title:<12} {told}"


def _reviews(report: Mapping[str, Any]) -> Iterator[str]:
    ours, theirs = report["wrong_review_requests"], report.get("shops_own_review_requests")
    yield "review requests" + (f"{'ours':>21}{'the shop':>11}" if theirs else "")
    for title, key in (
        ("before delivery", "before_delivery"),
        ("never delivered", "never_delivered"),
    ):
        yield f"    {title:<20}{ours[key]:>12}" + (f"{theirs[key]:>11}" if theirs else "")
    if theirs and not theirs["requests"]:
        yield "    the log does not tell when the shop asked (attribute `shoprequestedat` of review.received)"


def _counts(told: Mapping[str, int], at_most: int | None = None) -> str:
    shown = list(told.items())[:at_most]
    more = f" and {len(told) - len(shown)} more" if len(told) > len(shown) else ""
    return ", ".join(f"{name} {count}" for name, count in shown) + more
