"""`purna run` and `purna demo`: every part on this machine, with sample orders or a log of your
own.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from local.environment import environment
from local.installation import Installation, InstallationPlan, open_installation, temporary_home
from local.rehearsal.demo.log import SAMPLES, read_log
from local.rehearsal.demo.play import played
from local.rehearsal.demo.verdict import DemoVerdict
from operations.cannot_run import CannotRun
from operations.check import sound_rules
from operations.schema import refresh_schemas

_STARTING = "starting PostgreSQL, Temporal, the mail sink, the API and a worker …"


async def run(home: Path, rules: Path, *, samples: bool, as_json: bool) -> None:
    """Start everything, play the sample orders on the first start, say where it is, stay up until a
    signal.
    """
    ruleset = sound_rules(rules, datetime.now(UTC).date(), otherwise="nothing was started")
    plan = InstallationPlan(environment(), notice=_say, begins=_STARTING)
    async with open_installation(home, ruleset, plan) as installation:
        refresh_schemas(home, rules)
        if samples and not await installation.has_events():
            _say("playing twelve sample orders; weeks pass in seconds …")
            _say(_sentence(await played(read_log(SAMPLES, None), installation, datetime.now(UTC))))
        addresses = dict(installation.running.addresses)
        sys.stdout.write((json.dumps(addresses) if as_json else _addresses(installation)) + "\n")
        sys.stdout.flush()
        await installation.supervisor.wait()


async def demo(log: Path, orders: int | None, rules: Path, home: Path | None) -> DemoVerdict:
    """Play a log on fresh parts of its own, which are gone afterwards unless `home` says where to
    keep them.
    """
    told = read_log(log, orders)
    ruleset = sound_rules(rules, datetime.now(UTC).date(), otherwise="nothing was started")
    plan = InstallationPlan(environment(), notice=_say)
    with _home(home) as folder:
        async with open_installation(folder, ruleset, plan) as installation:
            if await installation.has_events():
                raise CannotRun(f"{folder} holds events already: a demo needs a home of its own")
            return await played(told, installation, datetime.now(UTC))
    raise CannotRun("the demo was interrupted")


@contextmanager
def _home(home: Path | None) -> Iterator[Path]:
    if home is not None:
        yield home
        return
    with temporary_home("purna-demo-") as folder:
        yield folder


def _addresses(installation: Installation) -> str:
    told, home = installation.running.addresses, installation.home
    lines = [
        "Purna is up.",
        f"  API       {told['web']}/events   (bearer token in {home / 'secrets.json'})",
        f"  mail      {told['mail']}",
    ]
    if "temporal-ui" in told:
        lines.append(f"  Temporal  {told['temporal-ui']}")
    lines.append(f"  logs      {home / 'logs'}")
    lines.append("Ctrl-C stops everything; the next start goes on from here.")
    return "\n".join(lines)


def _sentence(verdict: DemoVerdict) -> str:
    return (
        f"{verdict.orders} orders, {verdict.events} events: {verdict.messages} messages sent, {verdict.held} held for "
        f"a better hour, {verdict.suppressed} left unsaid for a reason; lost {verdict.lost}, "
        f"sent twice {verdict.duplicates} ({verdict.seconds} s)"
    )


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
