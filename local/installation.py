"""One running Purna on this machine: its parts under a supervisor, and clients of each of them.

`purna run`, the demo, chaos, the benchmarks and the tests from end to end all start theirs here;
what differs between them is an `InstallationPlan`.
"""

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
from temporalio.client import Client

from compose.store import store_at
from engine.rules.ruleset import Ruleset
from local.embedded.address import DATABASE, Running
from local.embedded.process import CannotStart, Child, Part, StartTimeouts
from local.embedded.supervisor import PartsOf, Supervisor
from local.parts import Preparation, parts_of
from operations.cannot_run import Findings
from operations.revisions.resume import ResumedRules
from process.api_tokens import read_api_tokens
from store.ports import Store
from store.postgres.sessions.pool import Pool

_LOOK = 0.05  # seconds
# Where clocks of journeys are moved, the events of their story lie ahead of every other clock.
MOVED_CLOCKS: Mapping[str, str] = {"PURNA_CLOCK_ALLOWANCE": "any"}


def no_further_parts(_: Supervisor) -> Sequence[Part]:
    """Nothing beside the usual parts."""
    return ()


@dataclass(frozen=True, slots=True)
class InstallationPlan:
    """How an installation differs from the one that `purna run` starts.

    `environ`: our own environment, which may name a database or a Temporal. `settings`: put over
    those of the web process and the worker. `smtp_port`: a mail server of the caller's on this
    machine; none means the mail sink. `worker`: the command of the worker. `has_usual_ports`: web
    and mail are where people look for them. `begins`: what `notice` hears once the home is ours.
    """

    environ: Mapping[str, str]
    settings: Mapping[str, str] = field(default_factory=dict)
    smtp_port: int | None = None
    worker: Sequence[str] = ()
    further_parts: Callable[[Supervisor], Sequence[Part]] = no_further_parts
    has_usual_ports: bool = True
    is_durable: bool = True
    timeouts: StartTimeouts | None = None
    notice: Callable[[str], None] = lambda _: None
    begins: str = ""


@dataclass(frozen=True, slots=True)
class InstallationClients:
    """Ways to talk to a running installation: its store, its Temporal, its API; the `pool` is for
    who looks into the tables behind everybody's back.
    """

    store: Store
    temporal: Client
    api: httpx.AsyncClient
    pool: Pool


@dataclass(frozen=True, slots=True)
class Installation:
    """The running parts, the rules that are active, the secret that names their customers, and the
    token of their API.
    """

    supervisor: Supervisor
    running: Running
    rules: ResumedRules
    secret: str
    token: str

    @property
    def home(self) -> Path:
        """Where its files are."""
        return self.supervisor.home

    @property
    def ruleset(self) -> Ruleset:
        """The rules that were active at the start."""
        return self.rules.active

    @property
    def mail(self) -> Path:
        """The folder of the mail sink."""
        return self.home / "mail"

    @property
    def url(self) -> str:
        """Where the web process answers."""
        return self.running.addresses["web"]

    @property
    def children(self) -> list[Child]:
        """Every part, as a process of ours."""
        return self.supervisor.children

    def child(self, name: str) -> Child:
        """A part by its name."""
        return next(child for child in self.children if child.part.name == name)

    def kill(self, name: str) -> None:
        """SIGKILL; the supervisor starts it again."""
        if pid := self.child(name).pid:
            os.kill(pid, signal.SIGKILL)

    async def down(self, name: str, seconds: float, *, forgets: Sequence[str] = ()) -> None:
        """SIGKILL, and started again after so long; the files of these names are gone then."""
        child = self.child(name)
        self.kill(name)
        await child.stop()
        await asyncio.sleep(seconds)
        for pattern in forgets:
            for file in self.home.glob(pattern):
                file.unlink()
        await child.start()

    def workers_ready(self) -> int:
        """How many times a worker has said that it is ready."""
        return self.child("worker").part.log.read_text().count('"event": "ready"')

    async def until_ready(self, workers: int, within: float = 30) -> None:
        """Until so many workers have said that they are ready."""
        async with asyncio.timeout(within):
            while self.workers_ready() < workers:  # noqa: ASYNC110  # another process makes it true
                await asyncio.sleep(_LOOK)

    async def has_events(self) -> bool:
        """Whether anything has happened here."""
        async with store_at(self.running.database_url, self.secret) as store:
            return await store.overview.has_events()

    @asynccontextmanager
    async def clients(self, within: float = 30) -> AsyncIterator[InstallationClients]:
        """Connected for the length of a block; a request may take so many seconds."""
        headers = {"authorization": f"Bearer {self.token}"}
        async with (
            store_at(self.running.database_url, self.secret) as store,
            httpx.AsyncClient(base_url=self.url, headers=headers, timeout=within) as api,
        ):
            temporal = await Client.connect(self.running.temporal_address)
            yield InstallationClients(store, temporal, api, store.pool)


@asynccontextmanager
async def open_installation(
    home: Path, folder: Ruleset | Findings, plan: InstallationPlan
) -> AsyncIterator[Installation]:
    """Everything started in this home and stopped afterwards; a signal ends the block as if it were
    over. Raises CannotStart.

    The rules are those of the folder, unless a person set others in this home; of a folder with
    mistakes it is told what they are, and they are raised where the home has no rules yet.
    """
    async with Supervisor(
        home,
        plan.environ,
        patience=plan.timeouts,
        durable=plan.is_durable,
        notice=plan.notice,
    ) as supervisor:
        if plan.begins:
            plan.notice(plan.begins)
        if not plan.has_usual_ports:
            for part in ("web", "mail"):
                supervisor.ports.choose(part)
        preparation = Preparation(supervisor, folder, datetime.now(UTC))
        running = await supervisor.start(preparation.prepare, _planned(supervisor, plan))
        assert preparation.resumed, "nothing starts before it"
        keys = supervisor.keys
        token = _token_of_every_shop(keys.api_token)
        yield Installation(supervisor, running, preparation.resumed, keys.naming.secret, token)


def _token_of_every_shop(told: str) -> str:
    token = next((one.text for one in read_api_tokens(told) if one.shops is None), None)
    if token is None:
        raise CannotStart("PURNA_API_TOKEN needs a token of every shop too: one without a colon")
    return token


def is_begun(home: Path, environ: Mapping[str, str]) -> bool:
    """Whether there may be a database with rules already."""
    return (home / "postgres").exists() or bool(environ.get(DATABASE, "").strip())


@contextmanager
def temporary_home(prefix: str) -> Iterator[Path]:
    """A home in a folder of its own, which is gone afterwards with everything in it."""
    with tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)  # under root PostgreSQL runs as another account, which must get through
        yield folder / ".purna"


def _planned(supervisor: Supervisor, plan: InstallationPlan) -> PartsOf:
    usual, own = parts_of(supervisor), dict(plan.settings)
    if plan.smtp_port is not None:
        own["PURNA_SMTP_URL"] = f"smtp://127.0.0.1:{plan.smtp_port}?tls=none"

    def parts(running: Running) -> Sequence[Part]:
        named = {part.name: part for part in usual(running)}
        for name in ("web", "worker"):
            named[name] = replace(named[name], env={**named[name].env, **own})
        if plan.worker:
            named["worker"] = replace(named["worker"], command=plan.worker)
        if plan.smtp_port is not None:
            del named["mail"]
        return (*named.values(), *plan.further_parts(supervisor))

    return parts
