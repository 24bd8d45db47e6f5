"""The installation to be broken: the parts that `purna run` starts, with many workers and a mail
server of ours.
"""

import base64
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it has no types of its own

from bench.chaos.faulty_smtp import FaultySmtp
from local.embedded.predecessor import lives
from local.embedded.process import Part, StartTimeouts
from local.installation import (
    MOVED_CLOCKS,
    Installation,
    InstallationClients,
    InstallationPlan,
    open_installation,
    temporary_home,
)
from operations.rules.check import sound_rules

ROOT = Path(__file__).resolve().parents[2]
RULES = Path(__file__).with_name("shop")
WORKERS = 6
# Of the source that `shop/sources/signed.yaml` names: the new one and the one before it.
SECRETS = tuple(f"whsec_{base64.b64encode(name * 8).decode()}" for name in (b"new!", b"old?"))
PATIENCE = StartTimeouts(pause=0.05, longest_pause=0.05)
# What takes minutes in production takes seconds here; the lease is still as long as a mail may be
# leaving.
SETTINGS = {
    "PURNA_SMTP_TIMEOUTS": "opening=4 operation=2 data=2 record=2",
    "PURNA_SMTP_RETRY_AFTER": "connection=0.5 busy=1 greylisted=2 misconfigured=5",
    **MOVED_CLOCKS,
    "PURNA_LEASE": "6",
    "PURNA_SOURCE_SIGNED": " ".join(SECRETS),
}
_SECONDS = 10  # that a request may take


@dataclass(frozen=True, slots=True)
class ChaosSite:
    """The running parts, clients of each of them, and the mail server."""

    parts: Installation
    clients: InstallationClients
    smtp: FaultySmtp

    def workers(self) -> list[psutil.Process]:
        """Those that are alive."""
        pid = self.parts.child("worker").pid
        alive = psutil.Process(pid).children() if pid else []
        return [worker for worker in alive if lives(worker)]

    async def start_anew(self, part: Part) -> None:
        """The part of this name as this one says; workers until all are ready."""
        child, ready = self.parts.child(part.name), self.parts.workers_ready()
        await child.stop()
        child.part = part
        await child.start()
        if part.name == "worker":
            await self.parts.until_ready(ready + WORKERS)


@asynccontextmanager
async def open_site() -> AsyncIterator[ChaosSite]:
    """In a folder of its own, which is gone afterwards, with everything that ran in it."""
    ruleset = sound_rules(RULES, datetime.now(UTC).date(), otherwise="nothing was started")
    with temporary_home("purna-chaos-") as home:
        async with FaultySmtp() as smtp:
            plan = InstallationPlan(
                {"PATH": os.defpath, "PYTHONPATH": str(ROOT)},
                SETTINGS,
                smtp_port=smtp.port,
                worker=(sys.executable, "-m", "bench.chaos.spare_workers", str(WORKERS)),
                # other installations prefer the usual ones too
                has_usual_ports=False,
                timeouts=PATIENCE,
            )
            async with (
                open_installation(home, ruleset, plan) as parts,
                parts.clients(_SECONDS) as clients,
            ):
                await parts.until_ready(WORKERS)
                yield ChaosSite(parts, clients, smtp)
