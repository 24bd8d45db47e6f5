"""`purna event retry`: what could not be made sense of is tried again."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from cli.options import HOME, AsJson, EventNumbers, EveryEvent, Home, finding, show
from cli.running_store import store_here
from operations.intake import quarantine
from operations.intake.quarantine import RetriedEvent


def retry(
    numbers: EventNumbers = None,
    every: EveryEvent = False,
    home: Home = HOME,
    as_json: AsJson = False,
) -> None:
    """Try some again, once what broke them is mended; exits 1 if one breaks again."""
    retried = asyncio.run(_retried(home, numbers or (), every=every))
    lines = [f"{one.number}: {one.result}" for one in retried] or ["nothing"]
    show([one.to_json() for one in retried], lines, as_json=as_json)
    if any(one.result == "quarantined" for one in retried):
        raise finding("some broke again: `purna event quarantined` says why")


async def _retried(home: Path, numbers: Sequence[int], *, every: bool) -> list[RetriedEvent]:
    async with store_here(home) as store:
        return await quarantine.retry(store, numbers, datetime.now(UTC), every=every)
