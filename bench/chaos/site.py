"""A whole installation to be broken: the parts that `purna run` starts, with many workers and a
mail server of ours.
"""

import asyncio
import base64
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psutil  # type: ignore[import-untyped]  # it has no types of its own
from temporalio.client import Client

from bench.chaos.faulty_smtp import FaultySmtp
from engine.rules.ruleset import Ruleset
from local.embedded.address import Running
from local.embedded.process import Child, Part, StartTimeouts
from local.embedded.supervisor import PartsOf, Supervisor
from local.parts import parts_of, preparation, store_at
from operations.check import sound_rules
from store.postgres.store import PostgresStore

ROOT = Path(__file__).resolve().parents[2]
RULES = Path(__file__).with_name("shop")
WORKERS = 6
# Of the source that `shop/sources/signed.yaml` names: the new one and the one before it.
SECRETS = tuple(f"whsec_{base64.b64encode(name * 8).decode()}" for name in (b"new!", b"old?"))
PATIENCE = StartTimeouts(pause=0.05, longest_pause=0.05)


@dataclass(frozen=True, slots=True)
class Installation:
    """The running parts, and clients of each of them."""

    supervisor: Supervisor
    running: Running
    ruleset: Ruleset
    smtp: FaultySmtp
    store: PostgresStore
    temporal: Client
    api: httpx.AsyncClient

    @property
    def home(self) -> Path:
        """Where its files are."""
        return self.supervisor.home

    def child(self, name: str) -> Child:
        """A part by its name."""
        return next(child for child in self.supervisor.children if child.part.name == name)

    def workers(self) -> list[psutil.Process]:
        """Those that are alive."""
        pid = self.child("worker").pid
        alive = psutil.Process(pid).children() if pid else []
        return [one for one in alive if one.status() != psutil.STATUS_ZOMBIE]

    async def until_ready(self) -> None:
        """Until as many workers as there should be have said so."""
        log = self.child("worker").part.log
        async with asyncio.timeout(30):
            while log.read_text().count('"event": "ready"') < WORKERS:  # noqa: ASYNC110  # another process makes it true
                await asyncio.sleep(0.05)

    def kill(self, name: str) -> None:
        """SIGKILL; it is started again at once."""
        if pid := self.child(name).pid:
            os.kill(pid, signal.SIGKILL)

    async def down(self, name: str, seconds: float, *, forgets: Sequence[str] = ()) -> None:
        """SIGKILL, and started again after so long; the files of these names are gone then."""
        child = self.child(name)
        self.kill(name)
        await child.stop()
        await asyncio.sleep(seconds)
        for pattern in forgets:
            for file in self.home.glob(pattern):
                file.unlink()
        await child.start()


@asynccontextmanager
async def an_installation() -> AsyncIterator[Installation]:
    """In a folder of its own, which is gone afterwards, with everything that ran in it."""
    ruleset = sound_rules(RULES, datetime.now(UTC).date(), otherwise="nothing was started")
    environ = {"PATH": os.defpath, "PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryDirectory(prefix="purna-chaos-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)  # noqa: ASYNC240  # it takes no time; PostgreSQL may run as another account
        async with (
            FaultySmtp() as smtp,
            Supervisor(folder / ".purna", environ, patience=PATIENCE) as supervisor,
        ):
            for part in ("web", "mail"):
                supervisor.ports.choose(
                    part
                )  # not the usual ports, which other installations prefer too
            prepare = preparation(supervisor, ruleset, datetime.now(UTC))
            running = await supervisor.start(prepare, _parts(supervisor, smtp))
            headers = {"authorization": f"Bearer {supervisor.keys.api_token}"}
            async with (
                store_at(running.database_url, supervisor.keys.secret) as store,
                httpx.AsyncClient(
                    base_url=running.addresses["web"], headers=headers, timeout=10
                ) as api,
            ):
                temporal = await Client.connect(running.temporal_address)
                site = Installation(supervisor, running, ruleset, smtp, store, temporal, api)
                await site.until_ready()
                yield site


def _parts(supervisor: Supervisor, smtp: FaultySmtp) -> PartsOf:
    usual = parts_of(supervisor)

    def parts(running: Running) -> Sequence[Part]:
        named = {part.name: part for part in usual(running)}
        ours = {
            "PURNA_SMTP_URL": f"smtp://127.0.0.1:{smtp.port}?tls=none",
            "PURNA_SECRET": supervisor.keys.secret,
        }
        command = (sys.executable, "-m", "bench.chaos.spare_workers", str(WORKERS))
        worker = replace(named["worker"], command=command, env={**named["worker"].env, **ours})
        web = replace(
            named["web"], env={**named["web"].env, "PURNA_SOURCE_SIGNED": " ".join(SECRETS)}
        )
        return web, worker

    return parts
