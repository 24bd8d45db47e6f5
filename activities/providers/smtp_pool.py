"""A few open connections to one mail server; each serves one letter at a time."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

import aiosmtplib

from activities.providers.breaker import Breaker
from activities.providers.provider import Refused, Stopped, Unavailable
from activities.providers.smtp_settings import Patience, RetryAfter, SmtpSettings

_IDLE = timedelta(seconds=30)  # many servers hang up on their own soon after
_LETTERS = 100  # servers often end a connection that carries more
_LOGIN_REFUSED = (530, 534, 535, 538)  # RFC 4954 6


@dataclass(slots=True)
class _Connection:
    smtp: aiosmtplib.SMTP
    letters: int = 0
    expiry: asyncio.TimerHandle | None = None

    def close(self) -> None:
        if self.expiry is not None:
            self.expiry.cancel()
        self.smtp.close()


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server as this process talks to it; `hello` is the name given in EHLO."""

    settings: SmtpSettings
    hello: str
    patience: Patience
    retry_after: RetryAfter
    tls_context: ssl.SSLContext | None = None

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
    """At most `size` connections, opened when needed and closed after 100 letters or 30 seconds without one."""

    def __init__(self, server: Server, breaker: Breaker, size: int) -> None:
        self._server = server
        self._breaker = breaker
        self._free = asyncio.Semaphore(size)
        self._idle: list[_Connection] = []

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[aiosmtplib.SMTP]:
        """A greeted connection with an empty envelope. `Unavailable` if none can be made.

        It goes back into the pool only after a known outcome; after anything else its state is unknown.
        """
        async with self._free:
            connection = await self._standing() or await self._opened()
            try:
                yield connection.smtp
            except (Refused, Unavailable, Stopped):
                self._give_back(connection)
                raise
            except BaseException:
                connection.close()
                raise
            self._give_back(connection)

    async def close(self) -> None:
        """Take leave of the server on every idle connection."""
        while self._idle:
            await self._retire(self._idle.pop())

    async def _standing(self) -> _Connection | None:
        """An idle connection that still answers, the youngest first; dead ones are dropped without a word."""
        while self._idle:
            connection = self._idle.pop()
            if connection.letters >= _LETTERS:
                await self._retire(connection)
                continue
            if connection.expiry is not None:
                connection.expiry.cancel()
            try:
                await connection.smtp.rset()
            except (aiosmtplib.SMTPException, OSError):
                connection.close()
            except BaseException:
                connection.close()
                raise
            else:
                return connection
        return None

    async def _opened(self) -> _Connection:
        smtp = self._server.client()
        try:
            await smtp.connect()
            if smtp.is_ehlo_or_helo_needed:
                await smtp.ehlo()
        except (aiosmtplib.SMTPException, OSError) as failure:
            self._breaker.failed()
            smtp.close()
            raise self._unavailable(failure) from failure
        except BaseException:  # cancelled: most often by a limit on the whole opening
            self._breaker.failed()
            smtp.close()
            raise
        self._breaker.connected()
        return _Connection(smtp)

    def _unavailable(self, failure: Exception) -> Unavailable:
        later = self._server.retry_after
        if not _needs_a_person(failure):
            return Unavailable(f"no connection: {failure}", later.connection)
        return Unavailable(f"no connection: {failure}", later.misconfigured, misconfigured=True)

    def _give_back(self, connection: _Connection) -> None:
        connection.letters += 1
        if not connection.smtp.is_connected:
            connection.close()
            return
        self._idle.append(connection)
        connection.expiry = asyncio.get_running_loop().call_later(_IDLE.total_seconds(), self._expire, connection)

    def _expire(self, connection: _Connection) -> None:
        if connection in self._idle:
            self._idle.remove(connection)
            connection.close()

    async def _retire(self, connection: _Connection) -> None:
        with suppress(aiosmtplib.SMTPException, OSError):
            await connection.smtp.quit()
        connection.close()


def _needs_a_person(failure: Exception) -> bool:
    """Whether trying again is of no use: login, certificate, or a server without the TLS or login asked for."""
    match failure:
        case aiosmtplib.SMTPResponseException(code=code):
            return code in _LOGIN_REFUSED
        case OSError():
            return isinstance(failure.__cause__ or failure, ssl.SSLCertVerificationError)
        case _:
            return True
