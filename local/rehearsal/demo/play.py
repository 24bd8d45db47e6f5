"""One play from beginning to end: move the log, post it, let time pass, judge what came of it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from temporalio.client import Client

from engine.rules.ruleset import Ruleset
from local.embedded.address import Running
from local.mail_sink.mailbox import Mailbox
from local.parts import naming_of, store_at
from local.rehearsal.demo.log import moved, parsed
from local.rehearsal.demo.player import Player, Progress
from local.rehearsal.demo.table import watched
from local.rehearsal.demo.verdict import DemoVerdict, judge, replayed


@dataclass(frozen=True, slots=True)
class DemoStage:
    """Where a play takes place: the running parts, their keys, the rules they were started with."""

    running: Running
    secret: str
    token: str
    ruleset: Ruleset
    mail: Path


async def played(told: Sequence[dict[str, Any]], stage: DemoStage, now: datetime) -> DemoVerdict:
    """Play a log that starts now and judge it."""
    began = time.monotonic()
    log = moved(list(told), now)
    progress = Progress()
    temporal = await Client.connect(stage.running.temporal_address)
    headers = {"authorization": f"Bearer {stage.token}"}
    async with (
        store_at(stage.running.database_url, stage.secret) as store,
        httpx.AsyncClient(
            base_url=stage.running.addresses["web"], headers=headers, timeout=30
        ) as api,
    ):
        with watched(progress, Mailbox(stage.mail)):
            await Player(store, temporal, api, progress).play(log)
        ledger = await store.inquiries.effects()
    events = parsed(log, stage.ruleset.catalog, now)
    expected = replayed(events, stage.ruleset, naming_of(stage.secret))
    return judge(expected, ledger, stage.mail, events, time.monotonic() - began)
