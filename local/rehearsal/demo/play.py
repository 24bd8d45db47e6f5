"""One play of a log from beginning to end: move the log, post it, let time pass, judge what came of
it.
"""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from compose.store import naming_of
from engine.decisions.effects import Effect
from engine.facts.events import Event
from engine.facts.naming import subject_id
from local.installation import Installation
from local.mail_sink.mailbox import Mailbox
from local.parts import SENDER_DOMAIN
from local.rehearsal.demo.log import moved, parsed
from local.rehearsal.demo.progress import Progress
from local.rehearsal.demo.table import watched
from local.rehearsal.demo.verdict import DemoVerdict, copies_in, log_of, verdict_of
from local.rehearsal.judge import Judgement, Trial, judged
from local.rehearsal.player import Player


async def played(
    told: Sequence[dict[str, Any]], installation: Installation, now: datetime
) -> DemoVerdict:
    """Play a log that starts now and judge it."""
    began = time.monotonic()
    log, progress = moved(list(told), now), Progress()
    async with installation.clients() as clients:
        with watched(progress, Mailbox(installation.mail)):
            await play_log(log, Player(clients), progress)
        ledger = await clients.store.inquiries.effects()
    events = parsed(log, installation.ruleset.catalog, now)
    return verdict_of(judged_play(installation, events, ledger), events, time.monotonic() - began)


def judged_play(
    installation: Installation, events: Sequence[Event], ledger: Sequence[Effect]
) -> Judgement:
    """What a play of these events has led to, compared with their replay."""
    log = log_of(events, installation.ruleset, naming_of(installation.secret))
    return judged(Trial(log, ledger, copies_in(installation.mail), SENDER_DOMAIN, {}))


async def play_log(events: Sequence[Mapping[str, Any]], player: Player, progress: Progress) -> None:
    """Every event at its time, and after the last one everything that still falls due."""
    progress.total = len(events)
    for event in events:
        at = datetime.fromisoformat(event["time"])
        await player.pass_time(at, see=lambda due: progress.step(due.wake_at, "due"))
        await player.post([event], at, await _concerned(player, event))
        progress.step(at, event["type"], posted=1)
        await player.settled()
    await player.pass_time(None, see=lambda due: progress.step(due.wake_at, "due"))


async def _concerned(player: Player, event: Mapping[str, Any]) -> list[str]:
    """The journeys of the customer and the order that an event names."""
    data = event["data"]
    order, customer = data.get("order", {}).get("id"), data.get("customer", {}).get("id")
    subject = subject_id("order", data["shop"], order) if order else None
    return [
        row.journey
        for row in await player.store.journeys.woken()
        if not row.ended and (row.subject == subject or (customer and row.customer == customer))
    ]
