"""Waiting for what may be away at the start of a process."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from process.settings import MissingSetting

_LOG = structlog.get_logger()
_WAIT = 2.0  # seconds between two tries
T = TypeVar("T")


async def available(what: str, ask: Callable[[], Awaitable[T]]) -> T:
    """The answer, waited for with one line in the log while there is none. `MissingSetting`, which
    no waiting mends, passes through.
    """
    is_logged = False
    while True:
        try:
            return await ask()
        except MissingSetting:
            raise
        except Exception as failure:  # noqa: BLE001  # whatever keeps it away may pass
            if not is_logged:
                _LOG.warning("waiting", what=what, failure=type(failure).__name__)
            is_logged = True
        await asyncio.sleep(_WAIT)
