"""Everything that runs for one home, started in order and stopped in reverse, however it ends."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Self

from local.embedded.address import DATABASE, TEMPORAL, Running
from local.embedded.keys import Keys
from local.embedded.lock import held
from local.embedded.ports import Ports
from local.embedded.postgres import postgres
from local.embedded.process import CannotStart, Child, Part, StartTimeouts, set_aside
from local.embedded.temporal import temporal, ui_address

Prepare = Callable[[Running], Awaitable[None]]
PartsOf = Callable[[Running], Sequence[Part]]
# How often it is looked whether a log has become too long; seconds.
_LOOKS_AT_LOGS = 30


async def no_preparation(_: Running) -> None:
    """Nothing to do between the embedded parts and the others."""


def no_parts(_: Running) -> Sequence[Part]:
    """Nothing beside the embedded parts."""
    return ()


class Supervisor:
    """Owns the parts of one home while its block runs; SIGINT and SIGTERM end the block as if it
    were over.

    `environ` is our own environment: where it names a database or a Temporal, that one is used, not
    embedded. Use it in the main thread: the parts end with the thread that started them. A home
    that is not `durable` may be lost with the machine's power, and is faster.
    """

    def __init__(
        self,
        home: Path,
        environ: Mapping[str, str],
        *,
        patience: StartTimeouts | None = None,
        durable: bool = True,
        notice: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.home = home.resolve()
        self.ports = Ports(self.home / "ports.json")
        self.children: list[Child] = []
        self.signalled: signal.Signals | None = None
        self._environ = environ
        self._patience = patience
        self._durable = durable
        self._notice = notice
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Raises CannotStart when another supervisor owns the home."""
        try:
            make_home(self.home)
            self._stack.enter_context(held(self.home / "lock"))
            self._obey_signals()
            self.keys = Keys.at(self.home / "secrets.json")
        except OSError as error:
            await self._stack.aclose()
            raise CannotStart(f"{self.home} cannot be used: {error.strerror}") from error
        except CannotStart:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        ended_by_signal = self.signalled is not None and kind is asyncio.CancelledError
        if ended_by_signal and (task := asyncio.current_task()):
            task.uncancel()
        await self._stack.aclose()
        return ended_by_signal

    async def start(self, prepare: Prepare = no_preparation, parts: PartsOf = no_parts) -> Running:
        """PostgreSQL beside Temporal, then `prepare`, then the other parts beside each other.
        Raises CannotStart.
        """
        running = await self._embedded()
        shortening = asyncio.create_task(self._shorten_logs())
        self._stack.callback(shortening.cancel)
        await prepare(running)
        others = parts(running)
        await self._start(
            *(replace(part, env={**running.environ(self._environ), **part.env}) for part in others)
        )
        told = {part.name: part.address for part in others if part.address}
        running = replace(running, addresses={**running.addresses, **told})
        self._stack.callback((self.home / "run.json").unlink, missing_ok=True)
        running.save(self.home)
        return running

    async def wait(self) -> None:
        """Until a signal ends the block."""
        await asyncio.Event().wait()

    def log(self, name: str) -> Path:
        """The file for what a part says."""
        return self.home / "logs" / f"{name}.log"

    async def _embedded(self) -> Running:
        database, cluster = self._environ.get(DATABASE, ""), self._environ.get(TEMPORAL, "")
        parts, addresses = [], {}
        if not database:
            if not (self.home / "postgres").exists():
                await asyncio.to_thread(self._put_aside)
            port, log = self.ports.choose("postgres"), self.log("postgres")
            parts.append(await postgres(self.home / "postgres", port, log, durable=self._durable))
            database = parts[-1].address
        if embedded := not cluster:
            parts.append(temporal(self.home / "temporal.db", self.ports, self.log("temporal")))
            cluster = parts[-1].address
            addresses["temporal-ui"] = ui_address(self.ports)
        await self._start(*parts)
        return Running(os.getpid(), database, cluster, embedded, addresses)

    def _put_aside(self) -> None:
        """A new database knows nothing: what Temporal and the mail sink remember of an older one
        would mislead.
        """
        left = [
            path
            for path in (*sorted(self.home.glob("temporal.db*")), self.home / "mail")
            if path.exists()
        ]
        if not left:
            return
        aside = next(
            path for number in count(1) if not (path := self.home / f"before-{number}").exists()
        )
        aside.mkdir()
        for path in left:
            path.rename(aside / path.name)
        self._notice(
            f"the database in {self.home} is gone, and with it all orders and rules: it begins anew; what Temporal and "
            f"the mail sink knew of the old one is in {aside.name}"
        )

    async def _shorten_logs(self) -> None:
        """Nothing that runs for months fills the disk with what it says."""
        while True:
            await asyncio.sleep(_LOOKS_AT_LOGS)
            for child in self.children:
                await asyncio.to_thread(set_aside, child.part.log)

    async def _start(self, *parts: Part) -> None:
        children = [Child(part, self._patience, self._notice) for part in parts]
        for child in children:
            self._stack.push_async_callback(child.stop)
        self.children += children
        try:
            async with asyncio.TaskGroup() as group:
                for child in children:
                    group.create_task(child.start())
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None

    def _obey_signals(self) -> None:
        loop, owner = asyncio.get_running_loop(), asyncio.current_task()

        def end(received: signal.Signals) -> None:
            if self.signalled is None and owner:  # a second one changes nothing: we are stopping
                self.signalled = received
                owner.cancel()

        # A closed terminal ends us too, unless `nohup` said otherwise.
        hangup = () if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else (signal.SIGHUP,)
        for wanted in (signal.SIGINT, signal.SIGTERM, *hangup):
            loop.add_signal_handler(wanted, end, wanted)
            self._stack.callback(loop.remove_signal_handler, wanted)


def make_home(home: Path) -> None:
    """The folder, which others may only pass through: PostgreSQL may run as another account."""
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o711)
    (home / "logs").mkdir(mode=0o700, exist_ok=True)
