"""Mail over SMTP: the last question between RCPT and DATA, and every answer of the server as one
known failure.

| on the wire | failure |
|---|---|
| no connection, 421, 4xx to MAIL or to the content | `Unavailable` |
| 4xx to RCPT | `Unavailable`, five minutes: perhaps greylisted |
| 5xx to MAIL, 5xx to RCPT that is about us (no relaying, 5.7.x) | `Unavailable`, misconfigured |
| login or certificate refused | `Unavailable`, misconfigured, half a minute |
| any other 5xx to RCPT, 5xx to the content, an address that cannot be used | `Refused` |
| lost or silent once content may have left | `Unknown` |
"""

import asyncio
import re
import ssl
import time
from dataclasses import dataclass, field
from datetime import timedelta

import aiosmtplib

from activities.channels.breaker import ConnectionBreaker, MonotonicClock
from activities.channels.email.mime import Mail, compose, parse_sender
from activities.channels.email.smtp_pool import LOGIN_REFUSED, MailServer, SmtpPool
from activities.channels.email.smtp_settings import RetryAfter, SmtpSettings, SmtpTimeouts
from activities.channels.port import Letter, MayLeave, Refused, Stopped, Unavailable, Unknown
from engine.catalog.storable import storable_text
from engine.facts.contacts.status_codes import said_of_address

# What is about us: policy (5.7.x), our own address (5.1.7, 5.1.8), or, from a server without such
# codes, that it does not relay for us. A person mends it, and the mail may still leave.
_OUR_FAULT = re.compile(
    r"5\.(?:7\.\d+|1\.[78])(?!\d)"
    r"|(?!5\.\d).*(?:\brelay|authenticat|not authorized|sender (?:address )?rejected)",
    re.IGNORECASE | re.DOTALL,
)
_START_INPUT = 354
_WILL_DELIVER = (aiosmtplib.SMTPStatus.completed, aiosmtplib.SMTPStatus.will_forward)


@dataclass(frozen=True, slots=True)
class Tuning:
    """What is the same everywhere but in tests."""

    patience: SmtpTimeouts = field(default_factory=SmtpTimeouts)
    retry_after: RetryAfter = field(default_factory=RetryAfter)
    connections: int = 8
    tls_context: ssl.SSLContext | None = None
    clock: MonotonicClock = time.monotonic
    sure_for: timedelta = timedelta(seconds=1)  # see `MailServer`


class SmtpProvider:
    """Sends letters as mails of one sender through one server. Close it when the process ends."""

    channel = "email"

    def __init__(self, settings: SmtpSettings, sender: str, tuning: Tuning | None = None) -> None:
        """`sender` as in `Purna <shop@purna.example>`; `ValueError` if it is no address."""
        tuning = tuning or Tuning()
        self._sender = parse_sender(sender)
        self._patience = tuning.patience
        self._retry_after = tuning.retry_after
        self._breaker = ConnectionBreaker(tuning.clock)
        self._pool = SmtpPool(
            MailServer(
                settings,
                self._sender.domain,
                tuning.patience,
                tuning.retry_after,
                tuning.tls_context,
                tuning.sure_for,
            ),
            self._breaker,
            tuning.connections,
        )

    @property
    def is_away(self) -> bool:
        """Whether the server could not be reached for some times in a row."""
        return self._breaker.is_open

    def admit(self) -> None:
        """Raises `Unavailable` while the server is known to be away, but for one probe every 5
        seconds.
        """
        if not self._breaker.admits():
            raise Unavailable("the mail server is away", self._breaker.probe_every)

    async def send(self, letter: Letter, may_leave: MayLeave) -> None:
        """See `Provider.send`."""
        mail = compose(letter, self._sender)
        limit = asyncio.timeout(self._patience.opening.total_seconds())
        try:
            async with limit, self._pool.taken(lambda smtp: self._introduce(smtp, mail)) as smtp:
                await self._address(smtp, mail)
                _end(limit)  # from here every wait has its own limit, and its end another meaning
                if not await may_leave():
                    await _forget(smtp)
                    raise Stopped
                await self._begin(smtp)
                await self._hand_over(smtp, mail.content)
        except TimeoutError:
            if not limit.expired():  # then it came out of `may_leave`
                raise
            raise Unavailable(
                "the server is slow or all connections are busy", self._retry_after.connection
            ) from None

    async def close(self) -> None:
        """Close every idle connection."""
        await self._pool.close()

    async def _introduce(self, smtp: aiosmtplib.SMTP, mail: Mail) -> None:
        """MAIL. The addresses were checked by `compose`; `aiosmtplib.mail` would parse them once
        more.
        """
        if mail.needs_utf8 and not smtp.supports_extension("smtputf8"):
            raise Refused(0, "the mail server cannot write this address (no SMTPUTF8)")
        options = [b"SMTPUTF8"] if mail.needs_utf8 else []
        answer = await self._command(smtp, b"MAIL", b"FROM:<%b>" % mail.sender.encode(), *options)
        if (
            answer.code in LOGIN_REFUSED
        ):  # some say so no sooner: no letter leaves until it is mended
            self._breaker.failed(needs_a_person=True)
        else:
            self._breaker.connected()
        if answer.code == aiosmtplib.SMTPStatus.completed:
            return
        if _is_permanent(answer.code):
            raise self._misconfigured(answer)
        raise Unavailable(_reply_text(answer), self._retry_after.busy)

    async def _address(self, smtp: aiosmtplib.SMTP, mail: Mail) -> None:
        """RCPT."""
        answer = await self._command(smtp, b"RCPT", b"TO:<%b>" % mail.recipient.encode())
        if answer.code in _WILL_DELIVER:
            return
        if _is_permanent(answer.code):
            if _OUR_FAULT.match(answer.message):
                raise self._misconfigured(answer)
            dead = said_of_address(answer.message) == "hard"
            raise Refused(answer.code, _reply_text(answer), address_is_dead=dead)
        is_closing = answer.code == aiosmtplib.SMTPStatus.domain_unavailable
        raise Unavailable(
            _reply_text(answer),
            self._retry_after.busy if is_closing else self._retry_after.greylisted,
        )

    async def _begin(self, smtp: aiosmtplib.SMTP) -> None:
        """DATA: until the server has answered 354 no byte of the content leaves."""
        answer = await self._command(smtp, b"DATA", after_permission=True)
        if answer.code != _START_INPUT:
            if not _is_no(answer.code):
                smtp.close()  # an answer to another question
            raise self._not_taken(answer)

    async def _command(
        self, smtp: aiosmtplib.SMTP, *command: bytes, after_permission: bool = False
    ) -> aiosmtplib.SMTPResponse:
        """The answer to a command that comes before the content."""
        try:
            return await smtp.execute_command(*command)
        except (aiosmtplib.SMTPException, OSError) as failure:
            smtp.close()
            later = self._retry_after.connection
            raise Unavailable(
                f"lost before the content: {failure}", later, after_permission=after_permission
            ) from failure

    async def _hand_over(self, smtp: aiosmtplib.SMTP, content: bytes) -> None:
        """The content and its dot. `aiosmtplib.data` would do both halves, and not tell in which of
        them it failed.
        """
        protocol = smtp.protocol
        if protocol is None or not protocol.is_connected:
            raise Unavailable(
                "lost before the content", self._retry_after.connection, after_permission=True
            )
        protocol.write(_dotted(content))
        try:
            answer = await protocol.read_response(timeout=self._patience.data.total_seconds())
        except (aiosmtplib.SMTPException, OSError) as failure:
            raise Unknown(f"no answer to the content: {failure}") from failure
        if _is_no(answer.code):
            raise self._not_taken(answer)
        if answer.code != aiosmtplib.SMTPStatus.completed:
            raise Unknown(f"an answer without meaning to the content: {_reply_text(answer)}")

    def _misconfigured(self, answer: aiosmtplib.SMTPResponse) -> Unavailable:
        is_login = answer.code in LOGIN_REFUSED
        later = self._retry_after.login if is_login else self._retry_after.misconfigured
        return Unavailable(_reply_text(answer), later, misconfigured=True)

    def _not_taken(self, answer: aiosmtplib.SMTPResponse) -> Refused | Unavailable:
        if _is_permanent(answer.code):
            return Refused(answer.code, _reply_text(answer), after_permission=True)
        return Unavailable(_reply_text(answer), self._retry_after.busy, after_permission=True)


def _end(limit: asyncio.Timeout) -> None:
    if (
        limit.expired()
    ):  # just now, and Python 3.11's `wait_for` kept an answer instead of the cancellation
        raise TimeoutError
    limit.reschedule(None)


async def _forget(smtp: aiosmtplib.SMTP) -> None:
    """Take the envelope back."""
    try:
        await smtp.rset()
    except (aiosmtplib.SMTPException, OSError):
        smtp.close()


def _dotted(content: bytes) -> bytes:
    """The content as DATA wants it: lines end in CRLF only, leading dots are doubled, a lone dot
    ends it.

    A line end that only some servers take for one could smuggle a second mail past them.
    """
    lines = (
        content.replace(b"\r\n", b"\n")
        .replace(b"\r", b"\n")
        .removesuffix(b"\n")
        .replace(b"\n", b"\r\n")
    )
    dotted = b".." + lines[1:] if lines.startswith(b".") else lines
    return dotted.replace(b"\r\n.", b"\r\n..") + b"\r\n.\r\n"


def _is_no(code: int) -> bool:
    return 400 <= code < 600  # noqa: PLR2004  # RFC 5321 4.2.1: 4yz not now, 5yz never


def _is_permanent(code: int) -> bool:
    return code >= 500  # noqa: PLR2004  # RFC 5321 4.2.1


def _reply_text(answer: aiosmtplib.SMTPResponse) -> str:
    return storable_text(f"{answer.code} {answer.message}")
