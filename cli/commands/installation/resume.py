"""`purna resume`: at each start, a folder of rules is made active unless a person set others."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from cli.first_start import rules_to_start_with
from cli.options import HOME, RULES, AsJson, Home, RulesArgument, show
from cli.proposed_rules import check_tests
from cli.running_store import store_here
from cli.text.installation import notice, rules_lines
from engine.rules.ruleset import Ruleset
from operations.cannot_run import Findings
from operations.revisions import resume as operation
from operations.revisions.authorship import SET_UP_BY
from operations.revisions.resume import ResumedRules, Start


def resume(rules: RulesArgument = RULES, home: Home = HOME, as_json: AsJson = False) -> None:
    """At each start: make the rules of a folder the active ones, unless a person published or took
    back others.
    """
    folder = rules_to_start_with(rules, is_begun=True)
    resumed = asyncio.run(_resumed(home, rules, folder))
    for line in rules_lines(resumed, resumed.mistakes or folder, rules):
        notice(line)
    show(resumed.to_json(), [f"{resumed.active.revision} is active"], as_json=as_json)


async def _resumed(home: Path, rules: Path, folder: Ruleset | Findings) -> ResumedRules:
    now = datetime.now(UTC)
    start = Start(SET_UP_BY, now, lambda: check_tests(rules, now.date()))
    async with store_here(home) as store:
        return await operation.resume(store, folder, start)
