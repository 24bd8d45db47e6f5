"""Journeys moved forward on Temporal's own clock, and waiting for what other processes do
meanwhile.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from operations.cannot_run import CannotRun

# Nothing of a play takes longer than this to settle, not even on a busy machine where parts were
# killed.
PATIENCE = timedelta(minutes=3)
LOOK = 0.01
# An outage of half an hour is skipped from one attempt to the next; the server would stop after a
# hundred.
_SKIPS = 10_000


class Travel:
    """Moves journeys on a Temporal that allows it."""

    def __init__(self, temporal: Client, look: float = LOOK) -> None:
        """`look`: after how many seconds it looks again for what it waits for."""
        self._temporal, self._look = temporal, look
        clocks = TimeSkippingConfig(enabled=False, max_session_skip_count=_SKIPS)
        self._skipper = TimeSkipper(temporal, config=clocks)

    async def move(self, journey: str, to: datetime) -> None:
        """Move a journey to a moment on its own clock; one that has ended stays where it is."""
        handle = self._temporal.get_workflow_handle(journey)
        with suppress(RPCError):
            left = to - await self._skipper.get_current_time(handle)
            if left > timedelta(0):
                await self._skipper.fast_forward(handle, left)

    async def skip(self, journey: str, by: timedelta) -> bool:
        """Move a journey on by so much; False of one that has ended, or has not begun yet."""
        try:
            await self._skipper.fast_forward(self._temporal.get_workflow_handle(journey), by)
        except RPCError as failure:
            # after any other failure nobody knows whether it has moved: never twice
            return failure.status is not RPCStatusCode.NOT_FOUND
        return True

    async def wake(
        self, journey: str, to: datetime, has_looked: Callable[[], Awaitable[bool]]
    ) -> None:
        """Move a journey past a due moment and wait until it has looked; the server reports the
        move much later.
        """
        moving = asyncio.create_task(self.move(journey, to))
        try:
            await until(has_looked, look=self._look)
        finally:
            moving.cancel()


async def until(
    holds: Callable[[], Awaitable[bool]],
    within: float = PATIENCE.total_seconds(),
    *,
    look: float = LOOK,
) -> None:
    """Wait until it holds, looking again every so many seconds; `CannotRun` after `within`."""
    try:
        async with asyncio.timeout(within):
            while not await holds():  # noqa: ASYNC110  # what is waited for happens in other processes
                await asyncio.sleep(look)
    except TimeoutError:
        raise CannotRun(
            f"the journeys did not come to rest within {within:.0f} s; the worker's log may say why"
        ) from None
