"""`purna` as a person meets it: a process with an exit code and two streams."""

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from dataclasses import dataclass
from pathlib import Path

from cli.embedded.address import NotRunning, Running
from tests.cli.embedded.waiting import family, lives
from tests.e2e.installation import PURNA, RULES, until


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


async def purna(*words: object) -> Said:
    """Run a command to its end."""
    process = await _started(*words)
    async with asyncio.timeout(30):
        out, err = await process.communicate()
    return Said(process.returncode or 0, out.decode(), err.decode())


async def _started(*words: object) -> Process:
    command = (str(PURNA), *(str(word) for word in words))
    return await asyncio.create_subprocess_exec(
        *command, stdin=DEVNULL, stdout=PIPE, stderr=PIPE, env={"PATH": os.defpath}
    )


class Run:
    """`purna run` in a home, which may be interrupted and started again."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.process: Process | None = None

    async def start(self) -> Running:
        """Until it says where everything is."""
        self.process = await _started("run", "--home", self.home, "--rules", RULES)
        async with asyncio.timeout(90):
            assert self.process.stdout is not None
            while await self.process.stdout.readline() not in (b"Purna is up.\n", b""):
                pass
        return Running.load(self.home)

    def family(self) -> set[int]:
        """Every process that it started."""
        assert self.process is not None
        return family(self.process.pid)

    async def interrupt(self) -> Said:
        """Press Ctrl-C."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        async with asyncio.timeout(30):
            out, err = await self.process.communicate()
        return Said(self.process.returncode or 0, out.decode(), err.decode())

    async def stop(self) -> None:
        """However a test ended."""
        if self.process and self.process.returncode is None:
            await self.interrupt()
