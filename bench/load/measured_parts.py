"""What is measured: PostgreSQL, Temporal, web and worker as `purna run` starts them, and the bare
workflow's worker.

The mail server is the benchmark's own, so that a mail's arrival is known to the millisecond.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.load.receiver import Receiver, a_receiver
from bench.load.sender import EventSender, a_sender
from local.embedded.process import Part
from local.embedded.supervisor import Supervisor
from local.installation import (
    Installation,
    InstallationClients,
    InstallationPlan,
    open_installation,
    temporary_home,
)
from operations.rules.rules_folder import read_rules

RULES = Path(__file__).parent / "rules"
_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class MeasuredParts:
    """The running parts, and the ways to them."""

    parts: Installation
    clients: InstallationClients
    receiver: Receiver
    sender: EventSender

    async def idle(self) -> None:
        """Until no journey has news to read and no effect is open."""
        while not await self.clients.store.overview.idle():  # noqa: ASYNC110  # it is other processes that are busy
            await asyncio.sleep(0.05)


@asynccontextmanager
async def open_measured_parts() -> AsyncIterator[MeasuredParts]:
    """Everything, in a folder of its own that is gone afterwards; raises CannotStart."""
    with temporary_home("purna-load-") as home:
        async with a_receiver() as (receiver, port):
            plan = InstallationPlan(os.environ, smtp_port=port, further_parts=_bare)
            async with (
                open_installation(home, read_rules(RULES), plan) as parts,
                parts.clients() as clients,
            ):
                with a_sender(parts.url, parts.token, _AT_ONCE) as sender:
                    yield MeasuredParts(parts, clients, receiver, sender)


def _bare(supervisor: Supervisor) -> Sequence[Part]:
    command = (sys.executable, "-m", "bench.load.bare_worker")
    return (Part("bare", command, supervisor.log("bare"), {}),)
