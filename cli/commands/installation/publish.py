"""`purna publish`: a folder of rules becomes the active revision, once its tests hold and a person
has seen what changes.
"""

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from cli.options import HOME, RULES, AsJson, By, Home, MoveWaits, RulesArgument, WhyOption, author
from cli.proposed_rules import Publication, publish_as_wanted
from cli.question import needs_terminal
from operations.revisions.authorship import Authorship
from operations.rules.check import sound_rules

_LATER = "the revision is active; those it has not reached yet are nudged by the worker, soon\n"


def publish(
    rules: RulesArgument = RULES,
    home: Home = HOME,
    reason: WhyOption = "",
    by: By = "",
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask, and do not work out who waits.")
    ] = False,
    move_waits: MoveWaits = False,
    skip_tests: Annotated[
        bool, typer.Option("--skip-tests", help="Publish whatever the tests say.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check a folder of rules, play its tests, show what changes, ask, and make it the active
    revision; a bad one changes nothing.
    """
    now = datetime.now(UTC)
    ruleset = sound_rules(rules, now.date(), otherwise="nothing was published")
    if not yes:
        needs_terminal("publishing", as_json=as_json)
    tests, authorship = None if skip_tests else rules, Authorship(author(by), reason, now)
    wanted = Publication(ruleset, authorship, tests, asks=not yes, moves=move_waits)
    published = publish_as_wanted(home, wanted, as_json=as_json)
    if not published.reached:
        sys.stderr.write(_LATER)
