"""A mail server that takes every mail and remembers only for whom it was and when it came."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter

_ANSWERS = {
    b"EHLO": b"250 bench",
    b"HELO": b"250 bench",
    b"DATA": b"354 go on",
    b"QUIT": b"221 bye",
}


class Receiver:
    """`arrived`: for each mail its receiver and the moment, of `perf_counter`, at which it was
    whole.
    """

    def __init__(self) -> None:
        self.arrived: list[tuple[str, float]] = []
        self._came = asyncio.Condition()

    async def until(self, mails: int) -> None:
        """Until so many have come in all."""
        async with self._came:
            await self._came.wait_for(lambda: len(self.arrived) >= mails)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection to its end."""
        writer.write(b"220 bench\r\n")
        to = ""
        while line := await reader.readline():
            word = line[:4].upper()
            if word == b"RCPT":
                to = line.partition(b"<")[2].partition(b">")[0].decode()
            writer.write(_ANSWERS.get(word, b"250 OK") + b"\r\n")
            if word == b"DATA":
                await reader.readuntil(b"\r\n.\r\n")
                writer.write(b"250 kept\r\n")
                await self._keep(to)
        writer.close()

    async def _keep(self, to: str) -> None:
        self.arrived.append((to, perf_counter()))
        async with self._came:
            self._came.notify_all()


@asynccontextmanager
async def a_receiver() -> AsyncIterator[tuple[Receiver, int]]:
    """A receiver and its port on this machine."""
    receiver = Receiver()
    server = await asyncio.start_server(receiver.talk, "127.0.0.1", 0, limit=1_000_000)
    try:
        yield receiver, server.sockets[0].getsockname()[1]
    finally:
        server.close()
