"""Whatever fails behind the guard, nobody sees a 500."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.http.guard import Guard

ANSWER = PlainTextResponse("well")


async def told_by(app: ASGIApp, **scope: str) -> list[Message]:
    told: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        told.append(message)

    try:
        await Guard(app, 0.05)({"type": "http", **scope}, receive, send)
    except asyncio.CancelledError:
        told.append({"type": "cancelled"})
    return told


def failing(error: Callable[[], BaseException], *, late: bool = False) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if late:
            await ANSWER(scope, receive, send)
        raise error()

    return app


async def test_an_answer_passes_as_it_is() -> None:
    told: list[Any] = await told_by(ANSWER)
    assert [message.get("status", message.get("body")) for message in told] == [200, b"well"]


@pytest.mark.parametrize("error", [ValueError, RecursionError, MemoryError, OSError])
async def test_an_error_is_answered_with_503(error: type[Exception]) -> None:
    told = await told_by(failing(error))
    assert told[0]["status"] == 503
    assert (b"retry-after", b"1") in told[0]["headers"]


async def slow(scope: Scope, receive: Receive, send: Send) -> None:
    await asyncio.sleep(0.1)
    await ANSWER(scope, receive, send)


@pytest.mark.parametrize(("method", "status"), [("GET", 503), ("HEAD", 503), ("POST", 200)])
async def test_who_only_reads_is_told_to_come_again_where_it_takes_long(
    method: str, status: int
) -> None:
    assert (await told_by(slow, method=method))[0]["status"] == status


async def test_nothing_is_said_twice() -> None:
    told = await told_by(failing(ValueError, late=True))
    assert [message["type"] for message in told] == ["http.response.start", "http.response.body"]


async def test_whoever_is_cut_off_at_the_end_is_told_to_come_back() -> None:
    told = await told_by(failing(asyncio.CancelledError))
    assert (told[0]["status"], told[-1]["type"]) == (503, "cancelled")


async def test_the_log_says_where_and_never_what(capsys: pytest.CaptureFixture[str]) -> None:
    await told_by(failing(lambda: ValueError("ana@kk.example")))
    logged = "".join(capsys.readouterr())
    assert "test_guard.py" in logged
    assert "ana@" not in logged
