"""Waiting for what other processes do."""

import asyncio
import os
import signal
from collections.abc import Callable

import psutil  # type: ignore[import-untyped]  # it has no types of its own

from local.embedded import predecessor
from local.embedded.process import Child


async def until(holds: Callable[[], object]) -> None:
    """Return once it holds; 15 s at most."""
    async with asyncio.timeout(15):
        while not holds():  # noqa: ASYNC110 - another process makes it true
            await asyncio.sleep(0.01)


async def killed_and_back(child: Child) -> None:
    """Kill it and wait until it answers again by itself."""
    assert child.pid
    before = child.restarts
    os.kill(child.pid, signal.SIGKILL)
    await until(lambda: child.restarts > before)
    async with asyncio.timeout(15):
        while not await child.part.ready():  # noqa: ASYNC110 - another process makes it true
            await asyncio.sleep(0.01)


def lives(pid: int) -> bool:
    """Whether it does something; a zombie does not."""
    try:
        return predecessor.lives(psutil.Process(pid))
    except psutil.NoSuchProcess:
        return False


def family(pid: int | None) -> set[int]:
    """The living descendants of a process."""
    assert pid
    return {child.pid for child in psutil.Process(pid).children(recursive=True) if lives(child.pid)}
