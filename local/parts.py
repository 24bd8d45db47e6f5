"""The parts of one installation: the mail sink, the web process and the worker, as children of the
supervisor.
"""

import secrets
import ssl
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from email.utils import parseaddr
from importlib.util import find_spec

import httpx

from compose.migrate import migrate
from compose.naming_secret import check_naming
from compose.store import naming_of, store_at
from engine.rules.ruleset import Ruleset
from local.embedded.address import Running
from local.embedded.extra import not_installed
from local.embedded.process import Part
from local.embedded.supervisor import PartsOf, Supervisor
from local.environment import SENDER
from operations.cannot_run import Findings
from operations.revisions.authorship import STARTED_BY
from operations.revisions.resume import ResumedRules, Start, resume
from web.http.server import INSTANCE

SENDER_DOMAIN = parseaddr(SENDER)[1].partition("@")[2]
# -P: a `web.py` of whoever starts us is not our `web`.
_PYTHON = (sys.executable, "-P", "-m")
WORKER = (*_PYTHON, "compose.worker")
_API, _MAIL = 8000, 8025
# The probes speak plain HTTP; httpx would load every certificate authority for each of them, which
# takes 70 ms.
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def parts_of(supervisor: Supervisor) -> PartsOf:
    """What to start beside PostgreSQL and Temporal; the worker sends to the sink unless the
    environment says where. Raises CannotStart.
    """
    if find_spec("aiosmtpd") is None:
        raise not_installed("the mail server for this machine")
    ports, instance = supervisor.ports, secrets.token_hex(8)
    api, mail, smtp = (
        ports.choose("web", preferred=_API),
        ports.choose("mail", preferred=_MAIL),
        ports.choose("smtp"),
    )
    api_url, mail_url = f"http://127.0.0.1:{api}", f"http://127.0.0.1:{mail}"
    told = supervisor.environ
    shared = {
        "PURNA_SECRET": supervisor.keys.secret,
        "PURNA_API_TOKEN": supervisor.keys.api_token,
        "PURNA_BASE_URL": told.get("PURNA_BASE_URL", api_url),
        "PURNA_SMTP_URL": told.get("PURNA_SMTP_URL", f"smtp://127.0.0.1:{smtp}?tls=none"),
        "PURNA_SENDER": told.get("PURNA_SENDER", SENDER),
        "PURNA_PORT": str(api),
        "PURNA_MAIL_URL": mail_url,
        "PURNA_INSTANCE": instance,
    }
    folder = str(supervisor.home / "mail")
    places = ("--folder", folder, "--smtp-port", str(smtp), "--http-port", str(mail))
    sink = (*_PYTHON, "local.mail_sink", *places, "--instance", instance)

    def parts(_: Running) -> Sequence[Part]:
        return (
            Part(
                "mail",
                sink,
                supervisor.log("mail"),
                {},
                mail_url,
                answers(f"{mail_url}/healthz", instance),
            ),
            Part(
                "web",
                (*_PYTHON, "web"),
                supervisor.log("web"),
                shared,
                api_url,
                answers(f"{api_url}/healthz", instance),
            ),
            Part("worker", WORKER, supervisor.log("worker"), shared),
        )

    return parts


class Preparation:
    """What is done between the database and everything else: its tables are brought up to date,
    and the rules are those that were active, or those of a folder.
    """

    def __init__(self, supervisor: Supervisor, folder: Ruleset | Findings, now: datetime) -> None:
        """Of a folder with mistakes: what they are."""
        self._supervisor, self._folder, self._now = supervisor, folder, now
        self.resumed: ResumedRules | None = None

    async def prepare(self, running: Running) -> None:
        """Raises the findings where there is no good revision, and `MissingSetting` where the
        database is not ours.
        """
        await migrate(running.database_url)
        naming = self._supervisor.keys.naming
        await check_naming(running.database_url, naming_of(naming.secret), naming.origin)
        async with store_at(running.database_url, naming.secret) as store:
            self.resumed = await resume(store, self._folder, Start(STARTED_BY, self._now))


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
