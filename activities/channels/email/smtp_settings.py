"""Where the mail server is, and how long it is waited for."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_address
from typing import Literal, Self, cast, get_args
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

Tls = Literal["required", "opportunistic", "none", "implicit"]
_SECONDS = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,3})?")
_PORTS = {"smtp": 587, "smtps": 465}
_FORM = (
    "a mail server is written smtp://host:port or smtps://host:port; escape # ? / in the password"
)


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """The address of a mail server. `implicit` is TLS from the first byte, `required` is STARTTLS
    or nothing.
    """

    host: str
    port: int
    tls: Tls
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, url: str) -> Self:
        """`smtp://[user:pass@]host[:port][?tls=required|opportunistic|none]` or `smtps://…`.

        TLS is required unless the host is this machine. `ValueError` says what is wrong and never
        repeats the URL, which may hold a password.
        """
        parts, host, port = _split(url)
        settings = cls(
            host=host,
            port=port or _PORTS[parts.scheme],
            tls=_tls(parts),
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
        )
        if (
            settings.user
            and settings.tls in ("opportunistic", "none")
            and not is_loopback(settings.host)
        ):
            raise ValueError("a password travels over TLS only: say tls=required")
        return settings


@dataclass(frozen=True, slots=True)
class SmtpTimeouts:
    """How long the server is waited for, and how long what became of a message may take to be
    written down. Once it is leaving, `operation`, `data` and `record` fit into the ledger's lease.
    """

    opening: timedelta = timedelta(
        seconds=15
    )  # a free connection, greeting, TLS, MAIL and RCPT together
    operation: timedelta = timedelta(seconds=8)  # one answer
    data: timedelta = timedelta(
        seconds=120
    )  # the answer to the content; RFC 5321 4.5.3.2.6 would allow 10 minutes
    record: timedelta = timedelta(seconds=20)  # though the database may be away for a moment

    @classmethod
    def parse(cls, text: str) -> Self:
        """Seconds by name, as in `operation=8 data=120`; what is not named is as usual. `ValueError`
        for anything else.
        """
        return cls(**_seconds_by_name("PURNA_SMTP_TIMEOUTS", text, cls.__slots__))


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """When a letter that was not taken may be tried again."""

    connection: timedelta = timedelta(seconds=5)
    busy: timedelta = timedelta(minutes=1)  # 421, or 4xx to MAIL or to the content
    greylisted: timedelta = timedelta(minutes=5)  # 4xx to RCPT; less is counted as haste
    login: timedelta = timedelta(seconds=30)  # password or certificate: nobody's letter leaves
    misconfigured: timedelta = timedelta(hours=1)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Seconds by name, as in `busy=60 greylisted=300`; what is not named is as usual.
        `ValueError` for anything else.
        """
        return cls(**_seconds_by_name("PURNA_SMTP_RETRY_AFTER", text, cls.__slots__))


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine itself."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _split(url: str) -> tuple[SplitResult, str, int | None]:
    """The parts of a URL, its host and its port; the library's own errors would show a password
    in which a sign was not escaped.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError(_FORM) from None
    if parts.scheme not in _PORTS or not host or parts.path not in ("", "/"):
        raise ValueError(_FORM)
    return parts, host, port


def _tls(parts: SplitResult) -> Tls:
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    default = "none" if is_loopback(parts.hostname or "") else "required"
    wanted = options.pop("tls", default)
    if options:
        raise ValueError(f"a mail server has no option {', '.join(options)}, only tls")
    if wanted not in get_args(Tls)[:3]:
        raise ValueError("tls is required, opportunistic or none")
    return "implicit" if parts.scheme == "smtps" else cast("Tls", wanted)


def _seconds_by_name(setting: str, text: str, known: Collection[str]) -> dict[str, timedelta]:
    found = {}
    for word in text.split():
        name, _, seconds = word.partition("=")
        if name not in known or not _SECONDS.fullmatch(seconds) or not float(seconds):
            raise ValueError(
                f"{setting} is written as in {next(iter(known))}=5: seconds of {', '.join(known)}"
            )
        found[name] = timedelta(seconds=float(seconds))
    return found
