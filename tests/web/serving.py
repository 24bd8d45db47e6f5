"""The app behind its real server on a free port, and the events and parts that tests begin with."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import httpx
from starlette.types import ASGIApp

from engine.facts.events import Event
from engine.facts.views.inquiry import Inquiry, Standing
from engine.rules.ruleset import Ruleset
from operations.stores import WebStore
from process.api_tokens import ApiToken
from process.signed_links import Links
from store.records.answers import Gauges
from web.app import create_app
from web.http.server import Server, server_of
from web.http.settings import WebSettings
from web.parts import WebParts

TOKEN = "a token for tests"
OLD_TOKEN = "the token before it"
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
LINKS = Links("https://shop.example", (b"s" * 32,))


class Failing:
    """A store that reads rulesets and keeps nothing."""

    def __init__(self, ruleset: Ruleset, failure: Exception) -> None:
        self._ruleset, self._failure = ruleset, failure
        self.events = self.rulesets = self.inquiries = self.overview = self

    async def ingest(self, _events: Sequence[Event], _now: datetime) -> list[str]:
        raise self._failure

    async def set_aside(self, _events: Sequence[Event], _why: str) -> list[str]:
        raise self._failure

    async def locked(self, _subjects: Sequence[str]) -> list[str]:
        return []

    async def active(self) -> Ruleset:
        return self._ruleset

    async def standings(self, _inquiry: Inquiry, _now: datetime) -> tuple[Standing, ...]:
        raise self._failure

    async def has_needed_tables(self) -> bool:
        return True

    async def takes_writes(self) -> bool:
        return True

    async def gauges(self) -> Gauges:
        raise self._failure


def some_parts(store: WebStore | Failing, **others: Any) -> WebParts:
    values: dict[str, Any] = {
        "store": store,
        "tokens": (ApiToken(TOKEN), ApiToken(OLD_TOKEN)),
        "links": LINKS,
        "now": lambda: NOW,
    }
    return WebParts(**(values | others))


def an_event(name: str, **others: Any) -> dict[str, Any]:
    """A placed order of a customer, both named after the event."""
    data = {"shop": "kk", "order": {"id": f"A-{name}"}, "customer": {"id": f"C-{name}"}}
    told = {
        "id": name,
        "source": "tests",
        "type": "order.placed",
        "time": "2026-03-02T09:00:00Z",
        "data": data,
    }
    return {"specversion": "1.0", **told, **others}


@asynccontextmanager
async def running(
    app: ASGIApp, *, request_seconds: float = 10.0, **settings: Any
) -> AsyncIterator[Server]:
    server = server_of(app, WebSettings((), port=0, **settings), request_seconds=request_seconds)
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  # uvicorn offers no event
        await asyncio.sleep(0.01)
    try:
        yield server
    finally:
        server.leave()
        await task


def port_of(server: Server) -> int:
    return int(server.servers[0].sockets[0].getsockname()[1])


@asynccontextmanager
async def a_site(parts: WebParts, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a running app made of these parts; it shows the token."""
    async with running(create_app(parts), **settings) as server:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        base = f"http://127.0.0.1:{port_of(server)}"
        async with httpx.AsyncClient(base_url=base, headers=headers, trust_env=False) as client:
            yield client


async def talk(port: int, *lines: bytes, pause: float = 0) -> bytes:
    """What the server answers to these bytes, sent one after the other, until it hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = bytearray()

    async def listen() -> None:
        with suppress(ConnectionError):
            while heard := await reader.read(65_536):
                answer.extend(heard)

    listening = asyncio.create_task(listen())
    with suppress(ConnectionError):
        for line in lines:
            writer.write(line)
            await writer.drain()
            await asyncio.sleep(pause)
    await listening
    writer.close()
    return bytes(answer)


def error_of(response: httpx.Response) -> dict[str, Any]:
    """The error of a refusal, whose form is always the same."""
    told: dict[str, Any] = response.json()
    assert set(told) == {"error"}
    assert {"field", "reason"} <= set(told["error"]) <= {"field", "reason", "index"}
    error: dict[str, Any] = told["error"]
    return error
