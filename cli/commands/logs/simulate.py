"""`purna simulate LOG`: what the rules would have said to everybody in a log of events."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.options import FOUND, RULES, AsJson, RulesOption, show
from cli.text.progress import watched
from cli.text.simulation import lines
from operations.logs import simulate as operation
from operations.rules.rules_folder import read_rules


def simulate(
    log: Annotated[Path, typer.Argument(help="A log of events, JSON Lines.")],
    rules: RulesOption = RULES,
    compare_reviews: Annotated[
        bool, typer.Option(help="Set our review requests beside the shop's own.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Play a log of events: what fires, what is blocked, what comes near, and what goes wrong."""
    ruleset = read_rules(rules)
    with watched(log, "simulating") as read:
        simulation = operation.simulate(
            log, ruleset, datetime.now(UTC), compare_reviews=compare_reviews, read=read
        )
    report = simulation.with_shops_own() if compare_reviews else simulation.to_json()
    show(report, list(lines(report)), as_json=as_json)
    if any(report["wrong_review_requests"].values()):
        raise typer.Exit(FOUND)
