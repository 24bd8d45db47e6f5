"""What `purna run` and `purna demo` say while the parts start, and where they are then."""

import sys

from local.installation import Installation
from local.rehearsal.demo.verdict import DemoVerdict

STARTING = "starting PostgreSQL, Temporal, the mail sink, the API and a worker …"
SAMPLES_FIRST = "playing twelve sample orders; weeks pass in seconds …"


def notice(line: str) -> None:
    """A line on stderr at once, for a person who waits."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


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
