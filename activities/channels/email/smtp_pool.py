"""A few open connections to one mail server; each serves one letter at a time."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

import aiosmtplib

from activities.channels.breaker import ConnectionBreaker
from activities.channels.email.smtp_settings import RetryAfter, SmtpSettings, SmtpTimeouts
from activities.channels.port import Refused, Stopped, Unavailable

_IDLE = timedelta(seconds=30)  # many servers hang up on their own soon after
_LETTERS = 100  # servers often end a connection that carries more
LOGIN_REFUSED = (530, 534, 535, 538)  # RFC 4954 6
Begin = Callable[[aiosmtplib.SMTP], Awaitable[None]]


@dataclass(slots=True)
class _Connection:
    smtp: aiosmtplib.SMTP
    letters: int = 0
    expiry: asyncio.TimerHandle | None = None
    took_at: float | None = (
        None  # when the server took the last letter; None if it did not: the envelope may be there
    )

    async def ready(self, sure_for: timedelta) -> None:
        """Empty its envelope if that is in doubt; `SMTPException` or `OSError` if the server is
        found gone.
        """
        now = asyncio.get_running_loop().time()
        if self.took_at is None or now - self.took_at >= sure_for.total_seconds():
            await self.smtp.rset()

    def close(self) -> None:
        if self.expiry is not None:
            self.expiry.cancel()
        self.smtp.close()


@dataclass(frozen=True, slots=True)
class MailServer:
    """A mail server as this process talks to it; `hello` is the name given in EHLO.

    `sure_for`: for so long after a letter nobody asks first whether it is still there.
    """

    settings: SmtpSettings
    hello: str
    patience: SmtpTimeouts
    retry_after: RetryAfter
    tls_context: ssl.SSLContext | None = None
    sure_for: timedelta = timedelta(seconds=1)

    def client(self) -> aiosmtplib.SMTP:
        """A client that is not connected yet."""
        return aiosmtplib.SMTP(
            hostname=self.settings.host,
            port=self.settings.port,
            username=self.settings.user,
            password=self.settings.password,
            local_hostname=self.hello,
            timeout=self.patience.operation.total_seconds(),
            use_tls=self.settings.tls == "implicit",
            start_tls={"required": True, "opportunistic": None}.get(self.settings.tls, False),
            tls_context=self.tls_context,
        )


class SmtpPool:
    """At most `size` connections, opened when needed and closed after 100 letters or 30 seconds
    without one.
    """

    def __init__(self, server: MailServer, breaker: ConnectionBreaker, size: int) -> None:
        self._server = server
        self._breaker = breaker
        self._free = asyncio.Semaphore(size)
        self._idle: list[_Connection] = []

    @asynccontextmanager
    async def taken(self, begin: Begin) -> AsyncIterator[aiosmtplib.SMTP]:
        """A connection on which `begin` has begun an envelope. `Unavailable` if none can be made.

        `begin` tells the breaker whether the server serves us, may be called several times and
        raises nothing but `DeliveryFailed`. A connection
        that has died in the pool shows it there at the latest, and another takes its place without
        a word: nothing has been sent yet.
        """
        async with self._free:
            connection = await self._begun(begin)
            with self._kept(connection):
                yield connection.smtp
            connection.took_at = asyncio.get_running_loop().time()
            self._give_back(connection)

    async def close(self) -> None:
        """Quit and close every idle connection."""
        while self._idle:
            await self._retire(self._idle.pop())

    async def _begun(self, begin: Begin) -> _Connection:
        """The youngest idle connection that still serves, or a new one."""
        while self._idle:
            connection = self._idle.pop()
            if await self._serves(connection, begin):
                return connection
        connection = await self._opened()
        with self._kept(connection):
            await begin(connection.smtp)
        return connection

    async def _serves(self, connection: _Connection, begin: Begin) -> bool:
        if connection.letters >= _LETTERS:
            await self._retire(connection)
            return False
        if connection.expiry is not None:
            connection.expiry.cancel()
        try:
            with self._kept(connection):
                await connection.ready(self._server.sure_for)
                await begin(connection.smtp)
        except Unavailable:
            if connection.smtp.is_connected:  # an answer, and not that it is closing
                raise
            return False
        except (aiosmtplib.SMTPException, OSError):
            return False
        return True

    @contextmanager
    def _kept(self, connection: _Connection) -> Iterator[None]:
        """It goes back into the pool after a known outcome only; after anything else its state is
        unknown.
        """
        try:
            yield
        except (Refused, Unavailable, Stopped):
            connection.took_at = None
            self._give_back(connection)
            raise
        except BaseException:
            connection.close()
            raise

    async def _opened(self) -> _Connection:
        smtp = self._server.client()
        try:
            await smtp.connect()
            if smtp.is_ehlo_or_helo_needed:
                await smtp.ehlo()
        except (aiosmtplib.SMTPException, OSError) as failure:
            self._breaker.failed(needs_a_person=_needs_a_person(failure))
            smtp.close()
            raise self._unavailable(failure) from failure
        except BaseException:  # cancelled: most often by a limit on the whole opening
            self._breaker.failed()
            smtp.close()
            raise
        return _Connection(smtp)

    def _unavailable(self, failure: Exception) -> Unavailable:
        later = self._server.retry_after
        if not _needs_a_person(failure):
            return Unavailable(f"no connection: {failure}", later.connection)
        return Unavailable(f"no connection: {failure}", later.login, misconfigured=True)

    def _give_back(self, connection: _Connection) -> None:
        connection.letters += 1
        if not connection.smtp.is_connected:
            connection.close()
            return
        self._idle.append(connection)
        connection.expiry = asyncio.get_running_loop().call_later(
            _IDLE.total_seconds(), self._expire, connection
        )

    def _expire(self, connection: _Connection) -> None:
        if connection in self._idle:
            self._idle.remove(connection)
            connection.close()

    async def _retire(self, connection: _Connection) -> None:
        with suppress(aiosmtplib.SMTPException, OSError):
            await connection.smtp.quit()
        connection.close()


def _needs_a_person(failure: Exception) -> bool:
    """Whether trying again is of no use: login, certificate, or a server without the TLS or login
    asked for.
    """
    match failure:
        case aiosmtplib.SMTPResponseException(code=code):
            return code in LOGIN_REFUSED
        case OSError():
            return isinstance(failure.__cause__ or failure, ssl.SSLCertVerificationError)
        case _:
            return True
