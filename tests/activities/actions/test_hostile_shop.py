"""What answers in the place of the shop's system may be anything. It costs a worker little time and
little memory, and money is never taken as paid back unless the shop says so.
"""

import asyncio
import resource
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial

import pytest
from temporalio.exceptions import ApplicationError

from activities.actions.registry import ActionContext
from activities.actions.shipped.orders import Refund, Refunded, refund
from activities.actions.shop_system import ShopSystem
from engine.catalog.values import Money
from tests.engine.builders import NOON

FIVE = Refund(order="A1", amount=Money(500, "EUR"))
MIB = 1024 * 1024
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
WHOLE_ANSWER = 1.0  # seconds, in the place of fifteen

Write = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Impostor:
    """A server that writes what it is told to whoever asks; it counts what it got rid of."""

    def __init__(self, write: Write) -> None:
        self._write, self.asked, self.heard = write, 0, b""
        self._open: list[asyncio.StreamWriter] = []

    def hang_up(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.append(writer)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            self.heard = await reader.readuntil(b"\r\n\r\n")
            self.asked += 1
            await self._write(writer)
            await writer.drain()
        writer.close()


@asynccontextmanager
async def asking(write: Write) -> AsyncIterator[tuple[Impostor, ShopSystem]]:
    impostor = Impostor(write)
    server = await asyncio.start_server(impostor.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    system = ShopSystem(f"http://127.0.0.1:{port}/purna", "", WHOLE_ANSWER)
    try:
        yield impostor, system
    finally:
        await system.close()
        impostor.hang_up()
        server.close()
        await server.wait_closed()
        await asyncio.sleep(0.15)  # until whoever still writes has noticed


def a_whole(body: bytes, *headers: bytes) -> Write:
    async def write(writer: asyncio.StreamWriter) -> None:
        told = b"".join(b"%s\r\n" % one for one in headers)
        writer.write(OK + told + b"Content-Length: %d\r\n\r\n" % len(body) + body)

    return write


async def paid_back(system: ShopSystem) -> Refunded:
    context = ActionContext("k", NOON, "main", "A1", "C1")
    whole = ActionContext("k", NOON, "main", "A1", "C1", partial(system.ask, "refund", context))
    return await refund(FIVE, whole)


async def failure(write: Write) -> ApplicationError:
    """How a refund fails; it takes little memory and ends soon."""
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    async with asking(write) as (_, system):
        with pytest.raises(ApplicationError) as failed:
            await paid_back(system)
    assert time.monotonic() - began < 10  # on a machine that has other things to do
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024  # KiB
    return failed.value


async def endless(writer: asyncio.StreamWriter) -> None:
    writer.write(OK + b"\r\n{")
    while True:
        writer.write(b" " * 65536)
        await writer.drain()


async def dripping(writer: asyncio.StreamWriter) -> None:
    writer.write(OK + b"Content-Length: 1000\r\n\r\n")
    for _ in range(1000):
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.1)


async def only_interim(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await writer.drain()


async def long_headers(writer: asyncio.StreamWriter) -> None:
    writer.write(OK + b"X-Long: " + b"a" * MIB + b"\r\n\r\n{}")


async def many_headers(writer: asyncio.StreamWriter) -> None:
    writer.write(OK + b"X-Many: a\r\n" * 200_000 + b"\r\n{}")


async def cut_off(writer: asyncio.StreamWriter) -> None:
    writer.write(OK + b'Content-Length: 100\r\n\r\n{"amount": "5.00 EUR"}')


async def gone(writer: asyncio.StreamWriter) -> None:
    writer.close()


async def no_http(writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x00\xff" * 5000)


async def later(writer: asyncio.StreamWriter) -> None:
    retry = b"Retry-After: " + b"9" * 5000
    writer.write(b"HTTP/1.1 503 Later\r\n" + retry + b"\r\n\r\n")
    while True:
        writer.write(b"x" * 65536)
        await writer.drain()


@pytest.mark.parametrize(
    "write", [dripping, only_interim, long_headers, many_headers, cut_off, gone, no_http, later]
)
async def test_what_may_be_better_next_time_is_asked_again(write: Write) -> None:
    assert not (await failure(write)).non_retryable


def packed(body: bytes, form: int = 16 + zlib.MAX_WBITS) -> bytes:
    packing = zlib.compressobj(wbits=form)
    return packing.compress(body) + packing.flush()


def a_bomb() -> bytes:
    """A quarter of a gibibyte, packed, and never whole in our own memory, which is measured."""
    packing = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    return b"".join([*(packing.compress(b" " * MIB) for _ in range(256)), packing.flush()])


@pytest.mark.parametrize(
    "write",
    [
        endless,
        a_whole(a_bomb(), b"Content-Encoding: gzip"),
        a_whole(b"{}", b"Content-Encoding: br"),
        a_whole(b"{}", b"Content-Encoding: gzip"),
        a_whole(packed(b"[]"), b"Content-Encoding: gzip"),
        a_whole(b" " * (MIB + 1)),
        a_whole(b"[" * MIB),
        a_whole(b'{"a":' * (MIB // 5)),
        a_whole(b"<html>Please log in</html>"),
        a_whole(b"\xff\xfe\x00"),
        a_whole(b"1" * 5000),
        a_whole(b'{"amount": "5.00 EUR"'),
        a_whole(b'{"amount": "5.00 EUR\\u0000"}'),
        a_whole(b'{"amount": "\\ud800"}'),
        a_whole(b'{"amount": NaN}'),
        a_whole(b'{"amount": 5}'),
        a_whole(b"null"),
        a_whole(b"[]"),
    ],
)
async def test_what_says_nothing_ends_the_call_and_no_money_counts_as_paid_back(
    write: Write,
) -> None:
    failed = await failure(write)

    assert failed.non_retryable
    assert "the shop's system answered" in failed.message


@pytest.mark.parametrize(
    "write",
    [
        a_whole(packed(b'{"amount": "4.50 EUR"}'), b"Content-Encoding: gzip"),
        a_whole(packed(b'{"amount": "4.50 EUR"}', zlib.MAX_WBITS), b"Content-Encoding: Deflate"),
        a_whole(b'{"amount": "4.50 EUR"}', b"Content-Encoding: identity"),
    ],
)
async def test_an_answer_that_a_proxy_has_packed_is_unpacked(write: Write) -> None:
    async with asking(write) as (_, system):
        assert (await paid_back(system)).amount == Money(450, "EUR")


async def test_an_empty_answer_is_empty_whatever_it_says_of_its_form() -> None:
    async with asking(a_whole(b"", b"Content-Encoding: gzip")) as (_, system):
        assert (await paid_back(system)).amount == FIVE.amount


async def test_a_packed_answer_that_breaks_off_is_asked_again() -> None:
    half = packed(b'{"amount": "4.50 EUR"}')[:10]

    assert not (await failure(a_whole(half, b"Content-Encoding: gzip"))).non_retryable


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(status: int) -> None:
    async def elsewhere(writer: asyncio.StreamWriter) -> None:
        to = b"Location: /elsewhere\r\nContent-Length: 0\r\n\r\n"
        writer.write(b"HTTP/1.1 %d Moved\r\n" % status + to)

    async with asking(elsewhere) as (impostor, system):
        with pytest.raises(ApplicationError, match=str(status)) as failed:
            await paid_back(system)
    assert (failed.value.non_retryable, impostor.asked) == (False, 1)


async def test_cookies_are_not_kept_and_nothing_packed_is_asked_for() -> None:
    async with asking(a_whole(b"{}", b"Set-Cookie: a=b; Path=/")) as (impostor, system):
        for _ in range(2):
            await paid_back(system)

    assert b"cookie" not in impostor.heard.lower()
    assert b"accept-encoding: identity" in impostor.heard.lower()
