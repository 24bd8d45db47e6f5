"""Journeys moved forward on Temporal's own clock, and waiting for what other processes do
meanwhile.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta

from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from operations.cannot_run import CannotRun

# Nothing of a play takes longer than this to settle.
PATIENCE = timedelta(seconds=60)
_LOOK = 0.01


class Travel:
    """Moves journeys on a Temporal that allows it."""

    def __init__(self, temporal: Client) -> None:
        self._temporal = temporal
        self._skipper = TimeSkipper(temporal, config=TimeSkippingConfig(enabled=False))

    async def move(self, journey: str, to: datetime) -> None:
        """Move a journey to a moment on its own clock; one that has ended stays where it is."""
        handle = self._temporal.get_workflow_handle(journey)
        with suppress(RPCError):
            left = to - await self._skipper.get_current_time(handle)
            if left > timedelta(0):
                await self._skipper.fast_forward(handle, left)

    async def wake(
        self, journey: str, to: datetime, has_looked: Callable[[], Awaitable[bool]]
    ) -> None:
        """Move a journey past a due moment and wait until it has looked; the server reports the
        move much later.
        """
        moving = asyncio.create_task(self.move(journey, to))
        try:
            await until(has_looked)
        finally:
            moving.cancel()


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it holds; `CannotRun` after a minute."""
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            while not await holds():  # noqa: ASYNC110  # what is waited for happens in other processes
                await asyncio.sleep(_LOOK)
    except TimeoutError:
        raise CannotRun(
            "the journeys did not come to rest within a minute; the worker's log may say why"
        ) from None
