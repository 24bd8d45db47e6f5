"""One child process: started, known to be ready, started again when it dies, and always reaped."""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from local.embedded.account import Account
from local.embedded.private_file import append_private

LEASH = Path(__file__).with_name("leash.py")
LONGEST_LOG = 10_000_000  # bytes; a longer one is moved aside


class CannotStart(Exception):
    """Something could not be started; the text is one sentence for a person and names the log where
    there is one.
    """


async def at_once() -> bool:
    """The probe of a part that is ready as soon as it runs."""
    return True


async def nothing() -> None:
    """The preparation of a part that needs none."""


@dataclass(frozen=True)
class Part:
    """A command to keep running. `env` is its whole environment, `address` what others are told
    about it.
    """

    name: str
    command: Sequence[str]
    log: Path
    env: Mapping[str, str]
    address: str = ""
    ready: Callable[[], Awaitable[bool]] = at_once
    before: Callable[[], Awaitable[None]] = nothing  # runs before every start
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGKILL  # what it gets when the supervisor is killed
    account: Account | None = None


@dataclass(frozen=True)
class StartTimeouts:
    """How long a child is given; all in seconds."""

    ready: float = 30
    stop: float = 10
    pause: float = 1  # before it is started again; doubles with every death
    longest_pause: float = 15
    healthy: float = 60  # a life that long makes the next pause short again


class Child:
    """A part as a process of ours. `async with Child(part)` starts it and, however the block ends,
    stops it.
    """

    def __init__(
        self,
        part: Part,
        patience: StartTimeouts | None = None,
        notice: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.part = part
        self.restarts = 0
        self._patience = patience or StartTimeouts()
        self._notice = notice
        self._process: asyncio.subprocess.Process | None = None
        self._code = 0  # of its last end
        self._keeper: asyncio.Task[None] | None = None
        self._launched_at = 0.0  # of the event loop's clock

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self) -> None:
        """Return once it is ready. Raises CannotStart when it ends before that, or
        takes too long.
        """
        try:
            await self._launch()
        except BaseException as error:
            await self._end()
            if isinstance(error, OSError):
                raise CannotStart(f"{self.part.name} could not be started: {error}") from error
            raise
        self._keeper = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """End it with its stop signal, after a while with SIGKILL, and start it no more. May be
        called twice.
        """
        try:
            if self._keeper:
                self._keeper.cancel()
                await asyncio.wait([self._keeper])
        finally:
            await self._end()

    async def _keep(self) -> None:
        pause = self._patience.pause
        while True:
            code = await self._reap()
            if asyncio.get_running_loop().time() - self._launched_at >= self._patience.healthy:
                pause = self._patience.pause
            self._notice(
                f"{self.part.name} ended ({cause(code)}), it is started again in {pause:g} s"
            )
            await asyncio.sleep(pause)
            pause = min(2 * pause, self._patience.longest_pause)
            self.restarts += 1
            try:
                await self._launch()
            except Exception as error:  # noqa: BLE001  # whatever it was, the next attempt comes
                self._notice(str(error))
                await self._end()

    async def _launch(self) -> None:
        await self.part.before()
        with open_log(self.part.log) as log:
            self._process = await asyncio.create_subprocess_exec(
                *leashed(self.part),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(self.part.env),
                process_group=0,  # Ctrl-C reaches us alone: we stop them in order
            )
        self._launched_at = asyncio.get_running_loop().time()
        await self._until_ready()

    async def _until_ready(self) -> None:
        try:
            async with asyncio.timeout(self._patience.ready):
                while not await self.part.ready() or self.pid is None:
                    if self.pid is None:
                        raise CannotStart(
                            f"{self.part.name} ended before it was ready, see {self.part.log}"
                        )
                    await asyncio.sleep(0.05)
        except TimeoutError:
            seconds = f"{self._patience.ready:g} s"
            raise CannotStart(
                f"{self.part.name} was not ready within {seconds}, see {self.part.log}"
            ) from None

    async def _reap(self) -> int:
        """Wait for its end, and end what it left behind in its group; the answer is
        its exit code.
        """
        if self._process:
            self._code = await self._process.wait()
            self._kill_group()
            self._process = None
        return self._code

    async def _end(self) -> None:
        if self._process is None:
            return
        try:
            if self.pid is not None:
                with contextlib.suppress(ProcessLookupError, TimeoutError):
                    # Not `send_signal`, which reaps behind the back of the event loop.
                    os.kill(self._process.pid, self.part.stop_signal)
                    async with asyncio.timeout(self._patience.stop):
                        await self._process.wait()
        finally:
            self._kill_group()
            await self._reap()

    def _kill_group(self) -> None:
        assert self._process
        with contextlib.suppress(
            ProcessLookupError, PermissionError
        ):  # macOS refuses when only a zombie is left
            os.killpg(self._process.pid, signal.SIGKILL)


def leashed(part: Part) -> list[str]:
    """The command line that ends with us and runs as the part's account."""
    uid, gid = (part.account.uid, part.account.gid) if part.account else (-1, -1)
    words = (os.getpid(), int(part.orphan_signal), uid, gid)
    name, *arguments = part.command
    program = shutil.which(name, path=part.env.get("PATH")) or name
    return [
        sys.executable,
        "-I",
        "-S",
        str(LEASH),
        *(str(word) for word in words),
        program,
        *arguments,
    ]


def cause(code: int) -> str:
    """An exit code in words."""
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name


def set_aside(log: Path, longest: int = LONGEST_LOG) -> None:
    """A log that has become too long is kept as `.1` while its writer goes on, who appends; what is
    written in that moment may be lost.
    """
    with contextlib.suppress(OSError):
        if log.stat().st_size <= longest:
            return
        kept = log.with_name(log.name + ".1")
        kept.unlink(missing_ok=True)
        with log.open("rb") as full, append_private(kept) as file:
            shutil.copyfileobj(full, file)
        os.truncate(log, 0)


def open_log(path: Path) -> BinaryIO:
    """The log for appending, for our eyes only; one that is too long is kept as `.1`."""
    if path.exists() and path.stat().st_size > LONGEST_LOG:
        path.rename(path.with_name(path.name + ".1"))
    return append_private(path)
