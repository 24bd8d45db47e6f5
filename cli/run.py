"""`purna run` and `purna demo`: every part on this machine, with sample orders or a log of your
own.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from cli.checking import sound_rules
from local.embedded.supervisor import Supervisor
from local.environment import environment
from local.parts import parts_of, preparation, store_at
from local.rehearsal.demo.log import read_log
from local.rehearsal.demo.play import DemoStage, played
from local.rehearsal.demo.verdict import DemoVerdict
from operations.cannot_run import CannotRun
from operations.schema import refresh_schemas
from process.shipped import SAMPLES


async def run(home: Path, rules: Path, *, samples: bool, as_json: bool) -> None:
    """Start everything, play the sample orders on the first start, say where it is, stay up until a
    signal.
    """
    async with Supervisor(home, environment(), notice=_say) as supervisor:
        _say("starting PostgreSQL, Temporal, the mail sink, the API and a worker …")
        stage = await _stage(supervisor, rules)
        refresh_schemas(home, rules)
        if samples and not await _has_events(stage):
            _say("playing twelve sample orders; weeks pass in seconds …")
            _say(_sentence(await played(read_log(SAMPLES, None), stage, datetime.now(UTC))))
        told = (
            json.dumps(dict(stage.running.addresses)) if as_json else _addresses(stage, supervisor)
        )
        sys.stdout.write(told + "\n")
        sys.stdout.flush()
        await supervisor.wait()


async def demo(log: Path, orders: int | None, rules: Path, home: Path | None) -> DemoVerdict:
    """Play a log on fresh parts of its own, which are gone afterwards unless `home` says where to
    keep them.
    """
    told = read_log(log, orders)
    async with _home(home) as folder, Supervisor(folder, environment(), notice=_say) as supervisor:
        stage = await _stage(supervisor, rules)
        if await _has_events(stage):
            raise CannotRun(f"{folder} holds events already: a demo needs a home of its own")
        return await played(told, stage, datetime.now(UTC))
    raise CannotRun("the demo was interrupted")


async def _stage(supervisor: Supervisor, rules: Path) -> DemoStage:
    ruleset = sound_rules(rules, otherwise="nothing was started")
    prepare = preparation(supervisor, ruleset, datetime.now(UTC))
    running = await supervisor.start(prepare, parts_of(supervisor))
    secret = environment().get("PURNA_SECRET", supervisor.keys.secret)
    token = environment().get("PURNA_API_TOKEN", supervisor.keys.api_token).partition(",")[0]
    return DemoStage(running, secret, token, ruleset, supervisor.home / "mail")


async def _has_events(stage: DemoStage) -> bool:
    async with store_at(stage.running.database_url, stage.secret) as store:
        return bool((await store.overview.counts())["events"])


@asynccontextmanager
async def _home(home: Path | None) -> AsyncIterator[Path]:
    if home is not None:
        yield home
        return
    with tempfile.TemporaryDirectory(prefix="purna-demo-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        await asyncio.to_thread(folder.chmod, 0o711)  # PostgreSQL may run as another account
        yield folder / ".purna"


def _addresses(stage: DemoStage, supervisor: Supervisor) -> str:
    told = stage.running.addresses
    lines = [
        "Purna is up.",
        f"  API       {told['web']}/events   (bearer token in {supervisor.home / 'secrets.json'})",
        f"  mail      {told['mail']}",
    ]
    if "temporal-ui" in told:
        lines.append(f"  Temporal  {told['temporal-ui']}")
    lines.append(f"  logs      {supervisor.home / 'logs'}")
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
