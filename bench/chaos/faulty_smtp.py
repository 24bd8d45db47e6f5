"""An SMTP server that fails as it is told to, and remembers what it truly took.

    server = FaultySmtp(FaultScript(SmtpFault.RCPT_451, SmtpFault.NONE))
    server = FaultySmtp(mixed(seed=7, shares={SmtpFault.GREETING_421: 0.10}))

Greeting faults strike a connection, all others a mail. What the server took (`kept`) is decided by
the fault, not by what the client was told: this is the truth that a ledger is judged against.
"""

import asyncio
import random  # faults are drawn from a seed
import ssl
from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from enum import StrEnum
from typing import Protocol, Self


class SmtpFault(StrEnum):
    """One way to misbehave."""

    NONE = "none"
    GREETING_421 = "421 greeting"
    GREETING_DROP = "drop instead of a greeting"
    LOGIN_535 = "535 instead of a greeting, as to a wrong password"
    MAIL_421 = "421 MAIL"
    MAIL_452 = "452 MAIL"
    MAIL_530 = "530 MAIL"
    MAIL_550 = "550 MAIL"
    MAIL_DROP = "drop on MAIL"
    RCPT_421 = "421 RCPT, then drop"
    RCPT_451 = "451 RCPT"
    RCPT_550_UNKNOWN = "550 5.1.1 RCPT"
    RCPT_550_POLICY = "550 5.7.1 RCPT"
    RCPT_550_RELAY = "550 RCPT, no relaying"
    RCPT_552_FULL = "552 5.2.2 RCPT"
    RCPT_452_FULL = "452 4.2.2 RCPT"
    RCPT_HANG = "no answer to RCPT"
    DATA_DROP = "drop on DATA, before 354"
    DATA_451 = "451 DATA"
    DATA_554 = "554 DATA"
    DROP_MID_DATA = "drop while the content arrives"
    CONTENT_451 = "451 after the dot"
    CONTENT_554 = "554 5.7.1 after the dot"
    CONTENT_552_FULL = "552 5.2.2 after the dot"
    CONTENT_550_LATIN = "550 after the dot, in Latin-1"
    HANG_AFTER_DOT = "no answer after the dot, not taken"
    TAKE_AND_HANG = "taken, no answer"
    DROP_AFTER_DOT = "drop after the dot, not taken"
    TAKE_AND_DROP = "taken, drop instead of an answer"
    NONSENSE_AFTER_DOT = "an answer that is none, not taken"
    TAKE_ANSWER_AND_DROP = "taken, 250, then drop"


GREETINGS = (SmtpFault.GREETING_421, SmtpFault.GREETING_DROP, SmtpFault.LOGIN_535)
TAKEN = (
    SmtpFault.NONE,
    SmtpFault.TAKE_AND_HANG,
    SmtpFault.TAKE_AND_DROP,
    SmtpFault.TAKE_ANSWER_AND_DROP,
)
_MAIL = {
    SmtpFault.MAIL_421: "421 4.4.2 idle for too long",
    SmtpFault.MAIL_452: "452 4.3.1 full",
    SmtpFault.MAIL_530: "530 5.7.0 authentication required",
    SmtpFault.MAIL_550: "550 5.7.1 not for you",
}
_RCPT = {
    SmtpFault.RCPT_421: "421 4.3.2 closing",
    SmtpFault.RCPT_451: "451 4.7.1 greylisted",
    SmtpFault.RCPT_550_UNKNOWN: "550 5.1.1 nobody of that name",
    SmtpFault.RCPT_550_POLICY: "550 5.7.1 by policy",
    SmtpFault.RCPT_550_RELAY: "550 relay not permitted",
    SmtpFault.RCPT_552_FULL: "552 5.2.2 the mailbox is full, ask about relaying",
    SmtpFault.RCPT_452_FULL: "452 4.2.2 the mailbox is full",
}
_DATA = {
    SmtpFault.DATA_451: "451 4.3.0 not now",
    SmtpFault.DATA_554: "554 5.5.1 no valid recipients",
}
_DOT = {
    SmtpFault.CONTENT_451: "451 4.3.0 not now",
    SmtpFault.CONTENT_554: "554 5.7.1 looks like spam",
    SmtpFault.CONTENT_552_FULL: "552 5.2.2 the mailbox is full",
    SmtpFault.CONTENT_550_LATIN: "550 bo\udcee\x00te pleine",
    SmtpFault.NONSENSE_AFTER_DOT: "what?",
}


class Faults(Protocol):
    """Decides which fault comes next."""

    def at_greeting(self) -> SmtpFault:
        """Of a connection."""

    def at_mail(self) -> SmtpFault:
        """Of a mail."""


class FaultScript:
    """Faults in the order given, then none."""

    def __init__(self, *faults: SmtpFault) -> None:
        self._left = list(faults)

    def at_greeting(self) -> SmtpFault:
        """The next, if it strikes a greeting."""
        return self._left.pop(0) if self._left and self._left[0] in GREETINGS else SmtpFault.NONE

    def at_mail(self) -> SmtpFault:
        """The next, if it strikes a mail."""
        return (
            self._left.pop(0) if self._left and self._left[0] not in GREETINGS else SmtpFault.NONE
        )


class FaultMix:
    """Faults drawn by their shares."""

    def __init__(self, draw: Callable[[], float], shares: Mapping[SmtpFault, float]) -> None:
        self._draw = draw
        self._greetings = {fault: share for fault, share in shares.items() if fault in GREETINGS}
        self._mails = {fault: share for fault, share in shares.items() if fault not in GREETINGS}

    def at_greeting(self) -> SmtpFault:
        """Drawn from those that strike a greeting."""
        return self._drawn(self._greetings)

    def at_mail(self) -> SmtpFault:
        """Drawn from those that strike a mail."""
        return self._drawn(self._mails)

    def _drawn(self, shares: Mapping[SmtpFault, float]) -> SmtpFault:
        left = self._draw()
        for fault, share in shares.items():
            left -= share
            if left < 0:
                return fault
        return SmtpFault.NONE


def mixed(seed: int, shares: Mapping[SmtpFault, float]) -> FaultMix:
    """The same faults for the same seed and order of mails; shares are of 1."""
    return FaultMix(random.Random(seed).random, shares)


@dataclass(frozen=True, slots=True)
class Taken:
    """A mail the server took, whatever it answered."""

    sender: str
    recipient: str
    content: bytes  # as it came, dots undoubled
    began_at: datetime = field(compare=False)  # when it asked for DATA

    @property
    def message_id(self) -> str:
        """With its angle brackets."""
        return str(message_from_bytes(self.content)["Message-ID"])

    @property
    def subject(self) -> str:
        """As it came."""
        return str(message_from_bytes(self.content)["Subject"])


class _Drop(Exception):
    """The connection ends here."""


class FaultySmtp:
    """Use as `async with FaultySmtp(faults) as server:`, then `server.port`, `.kept` and
    `.commands`.
    """

    def __init__(
        self, faults: Faults | None = None, *, extensions: Iterable[str] = ("SMTPUTF8",)
    ) -> None:
        self.kept: list[Taken] = []
        self.commands: list[str] = []  # as they came, of all connections
        self.connections = 0
        self.struck: list[SmtpFault] = []  # in order
        self.faults: Faults = faults or FaultScript()
        self.port = 0
        self.pause = 0.0  # seconds before each answer
        self.login: tuple[str, str] | None = None  # user and password, where it wants them
        self._extensions = tuple(extensions)
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        """Listen on loopback; a port given is the one of an earlier life."""
        self._server = await asyncio.start_server(
            self._talk, "127.0.0.1", port or self.port, ssl=tls
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and drop whoever is connected."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        await self.drop_all()

    async def drop_all(self) -> None:
        """Drop every connection, as a server that is restarted."""
        talks = list(self._talks)
        for talk in talks:
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        try:
            await _Talk(self, reader, writer).run()
        except (_Drop, OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            writer.transport.abort()  # a reset, as from a process that died
        finally:
            self._talks.discard(task)
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    def strike(self, fault: SmtpFault) -> SmtpFault:
        """Note a fault that was drawn."""
        if fault is not SmtpFault.NONE:
            self.struck.append(fault)
        return fault

    def greeting_lines(self) -> list[str]:
        """The answer to EHLO."""
        logins = ["AUTH PLAIN"] if self.login else []
        return ["faulty.example", *self._extensions, *logins]

    def lets_in(self, told: str) -> bool:
        """Whether a login, as AUTH PLAIN writes it, is the right one."""
        return self.login is None or b64decode(told).decode().split("\0")[1:] == [*self.login]


class _Talk:
    """One connection."""

    def __init__(
        self, server: FaultySmtp, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._server = server
        self._reader = reader
        self._writer = writer
        self._fault = SmtpFault.NONE
        self._sender = ""
        self._recipient = ""

    async def run(self) -> None:
        """From the greeting to the end."""
        match self._server.strike(self._server.faults.at_greeting()):
            case SmtpFault.GREETING_421:
                await self._say("421 4.3.2 too busy")
                return
            case SmtpFault.LOGIN_535:
                await self._say("535 5.7.8 bad credentials")
                return
            case SmtpFault.GREETING_DROP:
                raise _Drop
        await self._say("220 faulty.example ESMTP")
        while line := await self._reader.readline():
            command = line.decode().strip()
            self._server.commands.append(command)
            verb = command.partition(" ")[0].upper()
            if verb == "QUIT":
                await self._say("221 2.0.0 bye")
                return
            await self._answer(verb, command)

    async def _answer(self, verb: str, command: str) -> None:
        match verb:
            case "EHLO":
                lines = self._server.greeting_lines()
                await self._say(*(f"250-{line}" for line in lines[:-1]), f"250 {lines[-1]}")
            case "MAIL":
                await self._mail(command)
            case "RCPT":
                await self._rcpt(command)
            case "DATA":
                await self._data()
            case "AUTH":
                is_right = self._server.lets_in(command.rpartition(" ")[2])
                await self._say("235 2.7.0 welcome" if is_right else "535 5.7.8 bad credentials")
            case _:
                await self._say("250 2.0.0 ok")

    async def _mail(self, command: str) -> None:
        self._fault = self._server.strike(self._server.faults.at_mail())
        self._sender = _address(command)
        if self._fault is SmtpFault.MAIL_DROP:
            raise _Drop
        await self._say(_MAIL.get(self._fault, "250 2.1.0 ok"))

    async def _rcpt(self, command: str) -> None:
        self._recipient = _address(command)
        if self._fault is SmtpFault.RCPT_HANG:
            await self._hang()
        await self._say(_RCPT.get(self._fault, "250 2.1.5 ok"))
        if self._fault is SmtpFault.RCPT_421:
            raise _Drop

    async def _data(self) -> None:
        if self._fault is SmtpFault.DATA_DROP:
            raise _Drop
        if self._fault in _DATA:
            await self._say(_DATA[self._fault])
            return
        began_at = datetime.now(UTC)
        await self._say("354 go on")
        content = await self._content()
        if self._fault in TAKEN:
            self._server.kept.append(Taken(self._sender, self._recipient, content, began_at))
        await self._after_dot()

    async def _content(self) -> bytes:
        lines: list[bytes] = []
        while (line := await self._reader.readuntil(b"\r\n")) != b".\r\n":
            if self._fault is SmtpFault.DROP_MID_DATA and len(lines) > 1:
                raise _Drop
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return b"".join(lines)

    async def _after_dot(self) -> None:
        match self._fault:
            case SmtpFault.HANG_AFTER_DOT | SmtpFault.TAKE_AND_HANG:
                await self._hang()
            case SmtpFault.DROP_AFTER_DOT | SmtpFault.TAKE_AND_DROP:
                raise _Drop
            case SmtpFault.TAKE_ANSWER_AND_DROP:
                await self._say("250 2.0.0 taken")
                self._writer.close()  # orderly, so that the answer arrives
                await self._writer.wait_closed()
                raise _Drop
            case _:
                await self._say(_DOT.get(self._fault, "250 2.0.0 taken"))

    async def _hang(self) -> None:
        """Say nothing until the other side hangs up."""
        while await self._reader.read(1024):
            pass
        raise _Drop

    async def _say(self, *lines: str) -> None:
        if self._server.pause:
            await asyncio.sleep(self._server.pause)
        self._writer.write(
            "".join(f"{line}\r\n" for line in lines).encode("utf-8", "surrogateescape")
        )
        await self._writer.drain()


def _address(command: str) -> str:
    return command[command.index("<") + 1 : command.rindex(">")]
