"""Connections that say nothing: they make room for whoever has something to say."""

import asyncio
import resource
import time
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tests.web.serving import port_of, running
from web.http.crowd import Crowd, make_room

MOST = 20


class Visitor:
    def __init__(self) -> None:
        self.was_hung_up_on = False

    def hang_up(self) -> None:
        self.was_hung_up_on = True


def test_beyond_its_limit_an_address_loses_who_was_silent_for_longest() -> None:
    crowd, mine, other = Crowd(3, 9), [Visitor() for _ in range(4)], Visitor()
    assert crowd.enter(other, "other")

    assert all(crowd.enter(one, "mine") for one in mine)

    assert [one.was_hung_up_on for one in (other, *mine)] == [False, True, False, False, False]
    assert len(crowd) == 4


def test_who_has_a_request_under_way_is_left_alone() -> None:
    crowd, visitors = Crowd(2, 9), [Visitor() for _ in range(4)]
    for one in visitors[:2]:
        crowd.enter(one, "mine")
        crowd.speaks(one)

    assert not crowd.enter(visitors[2], "mine")
    crowd.falls_silent(visitors[1])
    assert crowd.enter(visitors[3], "mine")
    assert [one.was_hung_up_on for one in visitors] == [False, True, False, False]


def test_a_process_opens_as_many_files_as_it_wants_and_no_more() -> None:
    usual = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (1024, usual[1]))
        assert make_room() >= 256
        opened, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        assert 1024 <= opened <= 4352
        assert most == usual[1]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, usual)


def test_many_addresses_make_room_for_a_newcomer_too() -> None:
    crowd, visitors = Crowd(9, 3), [Visitor() for _ in range(4)]

    assert all(crowd.enter(one, str(index)) for index, one in enumerate(visitors))

    assert [one.was_hung_up_on for one in visitors] == [True, False, False, False]


def test_who_has_left_is_not_counted() -> None:
    crowd, visitors = Crowd(1, 1), [Visitor() for _ in range(2)]
    crowd.enter(visitors[0], "mine")
    crowd.leave(visitors[0])
    crowd.leave(visitors[0])

    assert crowd.enter(visitors[1], "mine")
    assert not visitors[0].was_hung_up_on
    assert len(crowd) == 1


async def greet(_: Request) -> Response:
    return PlainTextResponse("well")


@pytest.fixture(scope="module")
async def port() -> AsyncIterator[int]:
    app = Starlette(routes=[Route("/", greet)])
    async with running(app, connections=MOST) as server:
        yield port_of(server)


@pytest.mark.parametrize("word", [b"", b"GET / HTTP/1.1\r\nHost:"])
async def test_real_senders_are_served_beside_many_silent_ones(port: int, word: bytes) -> None:
    silent = []
    for _ in range(5 * MOST):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(word)
        silent.append(writer)
    began = time.monotonic()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        answers = await asyncio.gather(*(client.get("/") for _ in range(MOST // 2)))

    assert {one.status_code for one in answers} == {200}
    assert time.monotonic() - began < 2
    for writer in silent:
        writer.close()
