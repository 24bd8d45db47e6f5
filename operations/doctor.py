"""Whether an installation has what it needs: one finding each, and what to do where it has not."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import psycopg
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, GetSystemInfoRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from activities.channels.port import Unavailable
from activities.channels.providers import PROVIDERS
from engine.facts.naming import Naming
from process.api_tokens import read_api_tokens
from process.settings import MissingSetting, read_settings
from process.shop_code import BrokenShopCode, load_shop_code
from store.records.database_health import DatabaseHealth

# PostgreSQL 15 has all we use.
_OLDEST = 150_000
# One web process, one worker and a command beside them.
_FEWEST_SESSIONS = 48
# Leases are told by the database's clock, everything else by Temporal's and ours.
_APART = timedelta(seconds=2)
_PATIENCE = timedelta(seconds=20)
# Shorter tokens can be guessed by asking.
_SHORTEST_TOKEN = 16
_ADDRESS = "write postgresql://name:password@host/database; escape @ / : % in the password"
_MAKE_ONE = "make one: openssl rand -hex 32"
_PUT_BACK = "put the one it was begun with back: last in PURNA_SECRET, or into PURNA_NAMING_SECRET"


@dataclass(frozen=True, slots=True)
class DoctorFinding:
    """What was found about one part; `todo` is empty where all is well."""

    about: str
    says: str
    todo: str = ""

    @property
    def is_ok(self) -> bool:
        """Whether nothing has to be done."""
        return not self.todo

    def to_json(self) -> dict[str, Any]:
        """For machines."""
        return {"about": self.about, "ok": self.is_ok, "says": self.says, "todo": self.todo}


@dataclass(frozen=True, slots=True)
class ExaminedParts:
    """What is examined: the settings, the parts they name, and what our own clock says.

    `health_of` looks at the database of an address, `connect` reaches Temporal, and `probe_mail`
    says how the mail server answers; it raises `MissingSetting`, `ValueError` or `Unavailable`.
    """

    environment: Mapping[str, str] = field(repr=False)
    health_of: Callable[[str], Awaitable[DatabaseHealth]]
    connect: Callable[[], Awaitable[Client]]
    probe_mail: Callable[[], Awaitable[str]]
    clock: Callable[[], datetime]


async def examine(installation: ExaminedParts) -> tuple[DoctorFinding, ...]:
    """Every finding; nothing is changed and nothing is sent."""
    database, temporal, mail = await asyncio.gather(
        _database(installation),
        _bounded("Temporal", _temporal(installation)),
        _bounded("mail", _mail(installation)),
    )
    findings, noted = database
    return (*findings, temporal, _secrets(installation.environment, noted), mail)


async def _bounded(about: str, finding: Awaitable[DoctorFinding]) -> DoctorFinding:
    try:
        async with asyncio.timeout(_PATIENCE.total_seconds()):
            return await finding
    except TimeoutError:
        todo = "find out what keeps it, a firewall perhaps"
        return DoctorFinding(about, f"no answer within {_PATIENCE.seconds} seconds", todo)


async def _database(installation: ExaminedParts) -> tuple[list[DoctorFinding], str | None]:
    """And the fingerprint of the secret by which its customers are named, where it is known."""
    url = installation.environment.get("PURNA_DATABASE_URL", "").strip()
    if not url:
        todo = "say where PostgreSQL is, or start `purna run` here"
        return _unknown("PURNA_DATABASE_URL is not set", todo), None
    before = installation.clock()
    try:
        health = await installation.health_of(url)
    except psycopg.ProgrammingError:  # its text would show the address, and the password in it
        return _unknown("PURNA_DATABASE_URL is no address", _ADDRESS), None
    except psycopg.Error as failure:
        says = f"it does not answer: {str(failure).strip().splitlines()[-1].strip()}"
        return _unknown(says, "start PostgreSQL, or mend PURNA_DATABASE_URL"), None
    clocks = _clocks(health, before, installation.clock())
    return [_server(health), _tables(health), _rules(health), clocks], health.naming


def _unknown(says: str, todo: str) -> list[DoctorFinding]:
    """What can be said without a database."""
    later = "mend the database first"
    return [
        DoctorFinding("database", says, todo),
        *(DoctorFinding(one, "unknown", later) for one in ("migrations", "rules", "clocks")),
    ]


def _server(health: DatabaseHealth) -> DoctorFinding:
    major, minor = divmod(health.version, 10_000)
    says = f"PostgreSQL {major}.{minor}, {health.sessions} of {health.most} sessions are open"
    if health.version < _OLDEST:
        return DoctorFinding("database", says, "upgrade PostgreSQL to 15 or newer")
    if health.most - health.sessions < _FEWEST_SESSIONS:
        todo = (
            f"raise max_connections: a worker opens 36, a web process 10, leave {_FEWEST_SESSIONS}"
        )
        return DoctorFinding("database", says, todo)
    return DoctorFinding("database", says)


def _tables(health: DatabaseHealth) -> DoctorFinding:
    if health.tables == health.newest:
        return DoctorFinding("migrations", f"{health.newest}, up to date")
    if health.tables is None:
        return DoctorFinding("migrations", "there are no tables", "run: purna migrate")
    says = f"the tables are at {health.tables}, this program knows {health.newest}"
    return DoctorFinding("migrations", says, "run: purna migrate, or start the newer program")


def _rules(health: DatabaseHealth) -> DoctorFinding:
    if health.revision is None:
        return DoctorFinding("rules", "none are published", "run: purna publish rules")
    says = f"revision {health.revision} is active"
    if health.refolded_to is None:
        return DoctorFinding("rules", says)
    done = f"up to {health.refolded_to}" if health.refolded_to else "nobody yet"
    return DoctorFinding(
        "rules", f"{says}; what was said before is put where it keeps it, page by page: {done}"
    )


def _clocks(health: DatabaseHealth, before: datetime, after: datetime) -> DoctorFinding:
    """How far the database's clock is from ours; it was read between two looks at ours."""
    apart = max(before - health.now, health.now - after, timedelta())
    says = f"the database's clock is {apart.total_seconds():.1f} s from this machine's"
    if apart <= _APART:
        return DoctorFinding("clocks", says)
    return DoctorFinding("clocks", says, "let NTP set the clocks of all machines")


async def _temporal(installation: ExaminedParts) -> DoctorFinding:
    try:
        client = await installation.connect()
    except MissingSetting as missing:
        return DoctorFinding("Temporal", _unset(missing), "say where Temporal is")
    except (RuntimeError, ValueError, OSError) as failure:
        says = f"it does not answer: {_first_line(failure)}"
        return DoctorFinding("Temporal", says, "start Temporal, or mend TEMPORAL_ADDRESS")
    name = client.namespace
    try:
        server = await client.workflow_service.get_system_info(GetSystemInfoRequest())
        await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=name))
    except RPCError as failure:
        if failure.status == RPCStatusCode.NOT_FOUND:
            todo = f"run: temporal operator namespace create -n {name}"
            return DoctorFinding("Temporal", f"it does not know the namespace {name}", todo)
        says = f"it refuses us: {failure.status.name}"
        return DoctorFinding(
            "Temporal", says, "mend TEMPORAL_NAMESPACE, TEMPORAL_API_KEY or the profile"
        )
    return DoctorFinding("Temporal", f"server {server.server_version}, namespace {name}")


def _secrets(environment: Mapping[str, str], noted: str | None) -> DoctorFinding:
    """The secret of all processes, by which the database may have `noted` that it names customers,
    and the token of those who send events.
    """
    try:
        settings = read_settings(
            {"PURNA_DATABASE_URL": "-", "PURNA_BASE_URL": "-"} | {**environment}
        )
    except MissingSetting as missing:
        return DoctorFinding("secrets", _unset(missing), _MAKE_ONE)
    try:
        tokens = read_api_tokens(environment.get("PURNA_API_TOKEN", ""))
    except MissingSetting as wrong:
        return DoctorFinding("secrets", _unset(wrong), "write `shop:token`, or `shop1+shop2:token`")
    if noted not in (None, Naming(settings.naming_secret).fingerprint):
        says = "the database names its customers by another secret than the one that is set"
        return DoctorFinding("secrets", says, _PUT_BACK)
    if not tokens:
        says = "PURNA_API_TOKEN is not set, which a web process needs"
        return DoctorFinding("secrets", says, _MAKE_ONE)
    if any(len(token.text) < _SHORTEST_TOKEN for token in tokens):
        says = f"a token in PURNA_API_TOKEN has less than {_SHORTEST_TOKEN} characters"
        return DoctorFinding("secrets", says, _MAKE_ONE)
    count = len(settings.secrets)
    of_some = sum(token.shops is not None for token in tokens)
    says = f"{count} in PURNA_SECRET, {len(tokens)} in PURNA_API_TOKEN"
    apart = f", {of_some} of them of some shops" if of_some else ""
    return DoctorFinding("secrets", says + apart)


async def _mail(installation: ExaminedParts) -> DoctorFinding:
    try:
        load_shop_code(installation.environment)
    except BrokenShopCode as broken:
        return DoctorFinding("mail", _unset(broken), "mend the code, which may carry mail too")
    if "email" in PROVIDERS:
        return DoctorFinding("mail", "a provider of your own carries it")
    try:
        return DoctorFinding("mail", await installation.probe_mail())
    except (MissingSetting, ValueError) as wrong:
        return DoctorFinding(
            "mail", _unset(wrong), "set it; docs/reference/settings.md lists every setting"
        )
    except Unavailable as failure:
        says = f"no letter could be handed over: {_first_line(failure)}"
        return DoctorFinding(
            "mail", says, "ask whoever runs the mail server, or mend PURNA_SMTP_URL"
        )


def _first_line(failure: Exception) -> str:
    return next(iter(str(failure).strip().splitlines()), type(failure).__name__)


def _unset(wrong: Exception) -> str:
    return str(wrong).rstrip(".")
