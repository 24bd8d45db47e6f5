"""What `purna doctor` examines: PostgreSQL, Temporal and the mail server of some settings."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from activities.channels.email.smtp_probe import probe
from activities.channels.email.smtp_settings import SmtpSettings
from compose.temporal import client_by
from operations.doctor import ExaminedParts
from process.settings import read_mail_settings
from store.postgres.health import health_of


def examined_parts(environment: Mapping[str, str], clock: Callable[[], datetime]) -> ExaminedParts:
    """The parts that these variables name; nothing is reached yet."""
    return ExaminedParts(
        environment,
        health_of=health_of,
        connect=partial(client_by, environment),
        probe_mail=partial(_probe_mail, environment),
        clock=clock,
    )


async def _probe_mail(environment: Mapping[str, str]) -> str:
    """How the mail server answers; raises `MissingSetting`, `ValueError` or `Unavailable`."""
    server = SmtpSettings.parse(read_mail_settings(environment).smtp_url)
    await probe(server)
    secured = "without TLS" if server.tls == "none" else "with TLS"
    return f"{server.host}:{server.port} answers, {secured}"
