"""Slow senders: they are answered or hung up on, and those that are only idle or quick are left
alone.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tests.web.serving import port_of, running, talk

SECONDS = 0.3
HEAD = b"POST /%s HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"


async def read(request: Request) -> Response:
    return PlainTextResponse(await request.body())


async def refuse(_: Request) -> Response:
    return PlainTextResponse("no", 413)


async def ponder(request: Request) -> Response:
    await request.body()
    await asyncio.sleep(2 * SECONDS)
    return PlainTextResponse("well")


@pytest.fixture(scope="module")
async def port() -> AsyncIterator[int]:
    app = Starlette(
        routes=[Route(f"/{one.__name__}", one, methods=["POST"]) for one in (read, refuse, ponder)]
    )
    async with running(app, request_seconds=SECONDS) as server:
        yield port_of(server)


@pytest.mark.parametrize(
    "sent", [b"P", HEAD % b"read", HEAD % b"read" + b"\r\n", HEAD % b"read" + b"\r\nab"]
)
async def test_a_request_that_stops_halfway_is_408(port: int, sent: bytes) -> None:
    began = time.monotonic()
    answer = await talk(port, sent)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 ")
    assert json.loads(body) == {"error": {"field": "request", "reason": "took too long to arrive"}}
    assert SECONDS <= time.monotonic() - began < 1


async def test_a_byte_now_and_then_wins_no_time(port: int) -> None:
    drops = [bytes([byte]) for byte in HEAD % b"read" + b"\r\nabc"]
    began = time.monotonic()
    answer = await talk(port, *drops[:20], pause=0.05)
    assert answer.startswith(b"HTTP/1.1 408 ") or answer == b""
    assert time.monotonic() - began < 1.5


async def test_a_connection_that_says_nothing_is_closed_without_a_word(port: int) -> None:
    assert await talk(port) == b""


async def test_a_body_that_was_refused_must_end_too(port: int) -> None:
    answer = await talk(port, HEAD % b"refuse" + b"\r\na")
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"408" not in answer


async def test_our_own_work_is_not_counted(port: int) -> None:
    answer = await talk(port, HEAD % b"ponder" + b"Connection: close\r\n\r\nabc")
    assert answer.startswith(b"HTTP/1.1 200 ")


async def test_each_request_of_a_connection_has_its_own_time(port: int) -> None:
    request = HEAD % b"read" + b"\r\nabc"
    answer = await talk(
        port,
        request,
        request,
        request,
        HEAD % b"read" + b"Connection: close\r\n\r\nabc",
        pause=0.15,
    )
    assert answer.count(b"HTTP/1.1 200 ") == 4


async def test_after_a_refused_body_the_connection_serves_on(port: int) -> None:
    last = HEAD % b"read" + b"Connection: close\r\n\r\nabc"
    answer = await talk(port, HEAD % b"refuse" + b"\r\na", b"bc", last, pause=0.12)
    assert answer.count(b"HTTP/1.1 413 ") == answer.count(b"HTTP/1.1 200 ") == 1


async def test_requests_sent_in_one_breath_are_all_answered(port: int) -> None:
    request = HEAD % b"read" + b"\r\nabc"
    answer = await talk(port, request * 5 + HEAD % b"read" + b"Connection: close\r\n\r\nabc")
    assert answer.count(b"HTTP/1.1 200 ") == 6


@pytest.mark.parametrize(
    "sent", [b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", HEAD % b"read" + b"a b: c\r\n\r\n"]
)
async def test_bytes_that_are_no_http_are_refused_like_everything_else(
    port: int, sent: bytes
) -> None:
    head, _, body = (await talk(port, sent)).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert json.loads(body)["error"]["field"] == "request"
