"""Rules on their way to being the active ones: tested, shown to a person, agreed to, published."""

import asyncio
import json
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cli.options import show_figures
from cli.question import ask
from cli.running_store import store_here
from cli.text.changed_rules.proposal import proposal_lines
from cli.text.test_results import results
from engine.rules.ruleset import Ruleset
from operations.cannot_run import Findings
from operations.revisions.authorship import Authorship
from operations.revisions.publish import Proposal, PublishedRules, propose, publish, tested
from operations.rules.play_tests import Tested


@dataclass(frozen=True, slots=True)
class Publication:
    """What a person wants published; `tests` is the folder whose tests must hold, None if they need
    not; `asks` before it is done, `moves` what waits.
    """

    ruleset: Ruleset
    by: Authorship
    tests: Path | None
    asks: bool
    moves: bool


def publish_as_wanted(home: Path, wanted: Publication, *, as_json: bool) -> PublishedRules:
    """Play the tests, show what changes and, before asking, who waits; then publish and print what
    came of it. Where nothing changes nothing is played and nobody is asked.

    While a person thinks nothing else is under way: no connection is held, and Ctrl-C ends it.
    """
    proposal = asyncio.run(_proposed(home, wanted))
    changes = not proposal.changes.is_empty
    to_test = wanted.tests if changes else None
    tests = check_tests(to_test, wanted.by.at.date()) if to_test else None
    if not as_json:
        _show(proposal, tests)
    if wanted.asks and (wanted.moves or changes):
        ask(f"Publish {wanted.ruleset.revision}?", "nothing was published")
    published = asyncio.run(_published(home, wanted, proposal))
    if as_json:
        counts = {"tests": len(tests.verdicts) if tests else 0}
        sys.stdout.write(json.dumps(published.to_json() | counts | proposal.to_json()) + "\n")
    else:
        show_figures(published.to_json(), as_json=False)
    return published


async def _proposed(home: Path, wanted: Publication) -> Proposal:
    async with store_here(home) as store:
        return await propose(
            store, wanted.ruleset, wanted.by.at, with_waits=wanted.asks, moves_waits=wanted.moves
        )


async def _published(home: Path, wanted: Publication, proposal: Proposal) -> PublishedRules:
    async with store_here(home) as store:
        return await publish(
            store, wanted.ruleset, wanted.by, proposal=proposal, moves_waits=wanted.moves
        )


def check_tests(rules: Path, today: date) -> Tested | None:
    """The tests beside the rules, None if there are none; `Findings` with what differs if one
    fails.
    """
    result = tested(rules, today)
    if result is not None and not result.is_good:
        report = results(result, with_coverage=False)
        raise Findings(f"{report}the tests do not hold; nothing was published")
    return result


def _show(proposal: Proposal, tests: Tested | None) -> None:
    summary = [f"tests: {results(tests, with_coverage=False).rstrip()}"] if tests else []
    sys.stdout.write("\n".join([*proposal_lines(proposal), *summary, ""]) + "\n")
    sys.stdout.flush()
