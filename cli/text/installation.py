"""What `purna run` and `purna demo` say while the parts start, and where they are then."""

import sys
from pathlib import Path

from engine.rules.ruleset import Ruleset
from local.installation import Installation
from local.rehearsal.demo.verdict import DemoVerdict
from operations.cannot_run import Findings
from operations.revisions.resume import ResumedRules

STARTING = "starting PostgreSQL, Temporal, the mail sink, the API and a worker …"
NOT_STARTED, NOT_PUBLISHED = "nothing was started", "nothing was published"
SAMPLES_FIRST = "playing twelve sample orders; weeks pass in seconds …"


def notice(line: str) -> None:
    """A line on stderr at once, for a person who waits."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def rules_lines(rules: ResumedRules, folder: Ruleset | Findings, path: Path) -> list[str]:
    """Which rules hold, where they are not simply those of the folder."""
    by, revision = rules.set_by, rules.active.revision
    if isinstance(folder, Ruleset) and folder.revision == revision:
        return []
    set_by = f" of {by.at:%Y-%m-%d %H:%M} by {by.author}" if by else ", the last good one,"
    goes_on = f"revision {revision}{set_by} goes on"
    if isinstance(folder, Findings):
        return [str(folder), f"{goes_on}; mend the folder, then: purna publish {path}"]
    return [f"{goes_on}; {path} holds {folder.revision}: purna publish {path} makes it active"]


def addresses(installation: Installation) -> str:
    """Where each part answers, and how everything is stopped."""
    at, home = installation.running.addresses, installation.home
    lines = [
        "Purna is up.",
        f"  API       {at['web']}/events   (bearer token in {home / 'secrets.json'})",
        f"  mail      {at['mail']}",
    ]
    if "temporal-ui" in at:
        lines.append(f"  Temporal  {at['temporal-ui']}")
    lines.append(f"  logs      {home / 'logs'}")
    lines.append("Ctrl-C stops everything; the next start goes on from here.")
    return "\n".join(lines)


def verdict_sentence(verdict: DemoVerdict) -> str:
    """What became of the sample orders."""
    return (
        f"{verdict.orders} orders, {verdict.events} events: {verdict.messages} messages sent,"
        f" {verdict.held} held for a better hour, {verdict.suppressed} left unsaid for a reason;"
        f" lost {verdict.lost}, sent twice {verdict.duplicates} ({verdict.seconds} s)"
    )
