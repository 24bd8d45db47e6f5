"""`purna` as a person meets it: a process with an exit code and two streams."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from local.embedded.address import Running
from tests.local.embedded.waiting import family
from tests.paths import ROOT, RULES

# What the installed script does, from the folder of these tests.
_PURNA = "from cli.main import main; main()"


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


async def purna(*words: object, within: float = 30) -> Said:
    """Run a command to its end, in seconds."""
    process = await started(words, PIPE)
    async with asyncio.timeout(within):
        out, err = await process.communicate()
    return Said(process.returncode or 0, out.decode(), err.decode())


async def started(words: Iterable[object], stderr: int | BinaryIO) -> Process:
    """A command that runs."""
    command = (sys.executable, "-c", _PURNA, *map(str, words))
    environ = {"PATH": os.defpath}
    return await asyncio.create_subprocess_exec(
        *command, stdin=DEVNULL, stdout=PIPE, stderr=stderr, env=environ, cwd=ROOT
    )


class Run:
    """`purna run` in a home, which may be interrupted and started again."""

    def __init__(self, home: Path, rules: Path = RULES, *options: str) -> None:
        self.home, self._said = home, home.with_name("said.txt")
        self._words = ("run", "--home", home, "--rules", rules, *options)
        self.process: Process | None = None

    @property
    def said(self) -> str:
        """What it told a person since its last start."""
        return self._said.read_text()

    async def start(self) -> Running:
        """Until it says where everything is."""
        with self._said.open("wb") as file:
            self.process = await started(self._words, file)
        assert self.process.stdout is not None
        async with asyncio.timeout(90):
            while await self.process.stdout.readline() not in (b"Purna is up.\n", b""):
                pass
        return Running.load(self.home)

    def family(self) -> set[int]:
        """Every process that it started."""
        assert self.process is not None
        return family(self.process.pid)

    async def interrupt(self) -> int:
        """Press Ctrl-C; answers the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        async with asyncio.timeout(30):
            await self.process.communicate()
        return self.process.returncode or 0

    async def stop(self) -> None:
        """However a test ended."""
        if self.process and self.process.returncode is None:
            await self.interrupt()
