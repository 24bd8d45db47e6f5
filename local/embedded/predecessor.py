"""A PostgreSQL that outlived its supervisor: found, and ended before another one starts."""

import asyncio
import contextlib
import signal
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it has no types of its own


async def end_predecessor(data: Path) -> None:
    """End a server that outlived its supervisor, and remove its note where PostgreSQL would be
    misled by it.

    PostgreSQL refuses to start while the noted process exists, also as a zombie, or as a stranger
    who got the number.
    """
    note = data / "postmaster.pid"
    try:
        process = psutil.Process(int(note.read_text().split()[0]))
        for way in (signal.SIGQUIT, signal.SIGKILL):
            if lives(process) and str(data) in process.cmdline():
                process.send_signal(way)
                await gone(process)
    except (FileNotFoundError, ValueError, IndexError, psutil.NoSuchProcess, psutil.AccessDenied):
        return  # none, or no process of ours: PostgreSQL sees to that itself
    note.unlink(missing_ok=True)


def lives(process: psutil.Process) -> bool:
    """Whether it still does something; a zombie only waits for a parent who may never come."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:  # it ended between the two questions
        return False


async def gone(process: psutil.Process) -> None:
    """Wait until it has ended, at most 5 s."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(5):
            while lives(process):  # noqa: ASYNC110  # nobody tells us: it is not our child
                await asyncio.sleep(0.02)
