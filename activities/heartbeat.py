"""A sign of life every two seconds, so that a dead worker is noticed long before its attempt would
time out.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from temporalio import activity

_EVERY = 2.0  # seconds


@asynccontextmanager
async def heartbeating() -> AsyncIterator[None]:
    """While the body runs."""
    if activity.info().is_local:  # the workflow task it is part of tells that the worker lives
        yield
        return
    beating = asyncio.create_task(_beat())
    try:
        yield
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating


async def _beat() -> None:
    while True:
        await asyncio.sleep(
            _EVERY
        )  # first: the start is a sign of life, and most are done before another is due
        activity.heartbeat()
