"""What is measured: PostgreSQL, Temporal, web and worker as `purna run` starts them, and the bare
workflow's worker.

The mail server is the benchmark's own, so that a mail's arrival is known to the millisecond.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from temporalio.client import Client

from bench.load.receiver import Receiver, a_receiver
from bench.load.sender import EventSender, a_sender
from local.embedded.address import Running
from local.embedded.process import Child, Part
from local.embedded.supervisor import Supervisor
from local.parts import parts_of, preparation, store_at
from operations.rules_folder import read_rules
from store.postgres.store import PostgresStore

RULES = Path(__file__).parent / "rules"
_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class MeasuredInstallation:
    """The running parts, and the ways to them."""

    supervisor: Supervisor
    receiver: Receiver
    temporal: Client
    store: PostgresStore
    sender: EventSender
    url: str
    token: str

    @property
    def children(self) -> list[Child]:
        """Every part."""
        return self.supervisor.children

    async def idle(self) -> None:
        """Until no journey has news to read and no effect is open."""
        while not await self.store.overview.idle():  # noqa: ASYNC110  # it is other processes that are busy
            await asyncio.sleep(0.05)

    def child(self, name: str) -> Child:
        """One part."""
        return next(child for child in self.children if child.part.name == name)


@asynccontextmanager
async def an_installation() -> AsyncIterator[MeasuredInstallation]:
    """Everything, in a folder of its own that is gone afterwards; raises CannotStart."""
    with tempfile.TemporaryDirectory(prefix="purna-load-", ignore_cleanup_errors=True) as name:
        home = Path(name)
        await asyncio.to_thread(home.chmod, 0o711)  # PostgreSQL may run as another account
        async with (
            Supervisor(home / ".purna", os.environ) as supervisor,
            a_receiver() as (receiver, port),
        ):
            prepare = preparation(supervisor, read_rules(RULES), datetime.now(UTC))
            running = await supervisor.start(prepare, lambda found: _parts(supervisor, found, port))
            url, token = running.addresses["web"], supervisor.keys.api_token
            with a_sender(url, token, _AT_ONCE) as sender:
                async with store_at(running.database_url, supervisor.keys.secret) as store:
                    temporal = await Client.connect(running.temporal_address)
                    yield MeasuredInstallation(
                        supervisor, receiver, temporal, store, sender, url, token
                    )


def _parts(supervisor: Supervisor, running: Running, smtp_port: int) -> Sequence[Part]:
    ours = [part for part in parts_of(supervisor)(running) if part.name != "mail"]
    smtp = {"PURNA_SMTP_URL": f"smtp://127.0.0.1:{smtp_port}?tls=none"}
    told = [replace(part, env={**part.env, **smtp}) for part in ours]
    bare = (sys.executable, "-m", "bench.load.bare_worker")
    return (*told, Part("bare", bare, supervisor.log("bare"), {}))
