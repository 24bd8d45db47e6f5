"""The parts of one installation: the mail sink, the web process and the worker, as children of the
supervisor.
"""

import asyncio
import secrets
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from email.utils import parseaddr
from pathlib import Path

import httpx

from activities.channels.port import SERVED
from engine.facts.naming import Naming
from engine.rules.ruleset import Ruleset
from local.embedded.address import Running
from local.embedded.process import Part
from local.embedded.supervisor import PartsOf, Prepare, Supervisor
from local.environment import environment
from store.postgres.sessions.migrate import migrate
from store.postgres.sessions.pool import open_pool
from store.postgres.store import PostgresStore
from web.http.server import INSTANCE

SENDER = "Purna Sample Shop <shop@purna.example>"
SENDER_DOMAIN = parseaddr(SENDER)[1].partition("@")[2]
WORKER = Path(__file__).resolve().parents[1] / "worker.py"
_API, _MAIL = 8000, 8025
# The probes speak plain HTTP; httpx would load every certificate authority for each of them, which
# takes 70 ms.
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def parts_of(supervisor: Supervisor) -> PartsOf:
    """What to start beside PostgreSQL and Temporal; the worker sends to the sink unless the
    environment says where.
    """
    ports, instance = supervisor.ports, secrets.token_hex(8)
    api, mail, smtp = (
        ports.choose("web", preferred=_API),
        ports.choose("mail", preferred=_MAIL),
        ports.choose("smtp"),
    )
    api_url, mail_url = f"http://127.0.0.1:{api}", f"http://127.0.0.1:{mail}"
    told = environment()
    shared = {
        "PURNA_SECRET": told.get("PURNA_SECRET", supervisor.keys.secret),
        "PURNA_API_TOKEN": told.get("PURNA_API_TOKEN", supervisor.keys.api_token),
        "PURNA_BASE_URL": told.get("PURNA_BASE_URL", api_url),
        "PURNA_SMTP_URL": told.get("PURNA_SMTP_URL", f"smtp://127.0.0.1:{smtp}?tls=none"),
        "PURNA_SENDER": told.get("PURNA_SENDER", SENDER),
        "PURNA_PORT": str(api),
        "PURNA_MAIL_URL": mail_url,
        "PURNA_INSTANCE": instance,
    }
    folder = str(supervisor.home / "mail")
    places = ("--folder", folder, "--smtp-port", str(smtp), "--http-port", str(mail))
    sink = (sys.executable, "-m", "local.mail_sink", *places, "--instance", instance)

    def parts(_: Running) -> Sequence[Part]:
        return (
            Part(
                "mail",
                sink,
                supervisor.log("mail"),
                {},
                mail_url,
                answers(f"{mail_url}/mail.json", instance),
            ),
            Part(
                "web",
                (sys.executable, "-m", "web"),
                supervisor.log("web"),
                shared,
                api_url,
                answers(f"{api_url}/healthz", instance),
            ),
            Part("worker", (sys.executable, str(WORKER)), supervisor.log("worker"), shared),
        )

    return parts


def preparation(supervisor: Supervisor, ruleset: Ruleset, now: datetime) -> Prepare:
    """Bring the tables up to date and publish the rules, before anything else starts."""

    async def prepare(running: Running) -> None:
        await asyncio.to_thread(migrate, running.database_url)
        async with store_at(running.database_url, supervisor.keys.secret) as store:
            await store.publish(ruleset, "purna run", "start", now)

    return prepare


@asynccontextmanager
async def store_at(database_url: str, secret: str) -> AsyncIterator[PostgresStore]:
    """A store over a small pool of its own, for the length of a block."""
    pool = await open_pool(database_url, 2, name="purna command")
    try:
        yield PostgresStore(pool, naming_of(secret), SERVED)
    finally:
        await pool.close()


def naming_of(secret: str) -> Naming:
    """How journeys are named; of several secrets the last, as in the worker."""
    return Naming(secret.rsplit(maxsplit=1)[-1].encode())


def answers(url: str, instance: str) -> Callable[[], Awaitable[bool]]:
    """Whether our own part answers: a stranger who took its port first must get neither our events
    nor our token.
    """

    async def ready() -> bool:
        async with httpx.AsyncClient(timeout=2, verify=_NO_TLS) as client:
            try:
                answer = await client.get(url)
                return answer.is_success and answer.headers.get(INSTANCE) == instance
            except httpx.HTTPError:
                return False

    return ready
