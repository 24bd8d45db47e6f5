"""A sender of events that costs little itself: prepared requests over connections that
stay open.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from urllib.parse import urlsplit

_ACCEPTED = 202
SenderConnection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class NotAccepted(Exception):
    """The answer was not 202; the text is its head and body."""


class EventSender:
    """Posts bodies, so many at once; `answered_after` are the seconds each of them took."""

    def __init__(self, host: str, port: int, head: bytes, at_once: int) -> None:
        self._host, self._port, self._head = host, port, head
        self._slots = asyncio.Semaphore(at_once)
        self._idle: list[SenderConnection] = []
        self.answered_after: list[float] = []

    async def post(self, body: bytes) -> None:
        """Until it is durable; the wait for a free connection is not counted. Raises
        NotAccepted.
        """
        async with self._slots:
            reader, writer = await self._connected()
            began = perf_counter()
            writer.write(self._head + b"content-length: %d\r\n\r\n" % len(body) + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            length = int(answer.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
            content = await reader.readexactly(length)
            self.answered_after.append(perf_counter() - began)
            self._idle.append((reader, writer))
        if int(answer.split(b" ", 2)[1]) != _ACCEPTED:
            raise NotAccepted((answer + content).decode())

    async def _connected(self) -> SenderConnection:
        """The connection used last, unless the server has closed it for having been idle; else a
        new one.
        """
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof():
                return reader, writer
            writer.close()
        return await asyncio.open_connection(self._host, self._port)

    def close(self) -> None:
        """Every connection."""
        for _, writer in self._idle:
            writer.close()


@contextmanager
def a_sender(url: str, token: str, at_once: int, *, batches: bool = False) -> Iterator[EventSender]:
    """A sender of single events, or of batches, to the API at this URL."""
    parts = urlsplit(url)
    kind = "application/cloudevents-batch+json" if batches else "application/cloudevents+json"
    head = (
        f"POST /events HTTP/1.1\r\nhost: {parts.netloc}\r\nauthorization: Bearer {token}\r\n"
        f"content-type: {kind}\r\n"
    )
    sender = EventSender(parts.hostname or "", parts.port or 80, head.encode(), at_once)
    try:
        yield sender
    finally:
        sender.close()
