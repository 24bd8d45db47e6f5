"""Requests that come while a transaction is under way share the next one: one commit for all of
them.

Each has its own answer. Where a shared transaction fails nothing of it is stored, and each request
is tried by itself, so that none fails for its neighbour's sake; only where the database is away
they all fail at once. An order that somebody has locked keeps no others waiting: its requests are
taken apart from all others until it is free.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Error, OperationalError
from psycopg.errors import LockNotAvailable

from engine.facts.events import Event
from operations.intake.locked_orders import LockedOrders

Take = Callable[[Sequence[Event], datetime], Awaitable[list[str]]]
# Which of these subjects are locked at this moment.
Look = Callable[[Sequence[str]], Awaitable[list[str]]]
# Events that share a transaction: folding so many keeps the process from its other work for 10 ms.
_MOST = 64
# Transactions at once: one that waits for a locked order must not hold up everybody.
_AT_ONCE = 3
# A connection that is lost, a server that ends or starts, one that has no room, is read-only.
_AWAY = ("08", "57P", "53", "25006")


@dataclass(frozen=True, slots=True)
class _Request:
    events: Sequence[Event]
    now: datetime
    answer: "asyncio.Future[list[str]]"


class EventGatherer:
    """Groups the requests that come while the store is busy, and answers each of them as `take`,
    the store's `ingest`, does; `look` is its `locked`. A request that finds the store idle is
    stored at once.
    """

    def __init__(self, take: Take, look: Look) -> None:
        self._take = take
        self._waiting: deque[_Request] = deque()
        self._working: set[asyncio.Task[None]] = set()
        self._apart: set[asyncio.Task[None]] = set()
        self._locked = LockedOrders(take, look)

    async def ingest(self, events: Sequence[Event], now: datetime) -> list[str]:
        """What became of each event; raises what the store raises, of these events alone, and
        `Contended` where others have been waiting for what these need.
        """
        if len(events) > _MOST // 2 or self._locked.may_hold(events):
            return await self._locked.take(events, now)
        request = _Request(events, now, asyncio.get_running_loop().create_future())
        self._waiting.append(request)
        if len(self._working) < _AT_ONCE:
            _begin(self._work(), self._working)
        return await request.answer

    async def alone(self, events: Sequence[Event], now: datetime) -> list[str]:
        """As `ingest`, in a transaction that nobody shares."""
        return await self._locked.take(events, now)

    async def _work(self) -> None:
        while self._waiting:
            await self._store(self._next())

    def _next(self) -> list[_Request]:
        """Those that have waited longest, as many as there is room for."""
        group, room = [self._waiting.popleft()], _MOST
        while self._waiting and (room := room - len(group[-1].events)) >= len(
            self._waiting[0].events
        ):
            group.append(self._waiting.popleft())
        return group

    async def _store(self, group: list[_Request]) -> None:
        events = [event for request in group for event in request.events]
        try:
            found = await self._take(events, max(request.now for request in group))
        except LockNotAvailable:
            for request in group:
                _begin(self._wait(request), self._apart)
            return
        except Exception as error:  # noqa: BLE001  # each is raised again where its request waits
            if len(group) == 1 or _is_away(error):
                _fail(group, error)
            else:
                await asyncio.gather(*(self._store([request]) for request in group))
            return
        for request in group:
            _answer(request, found[: len(request.events)])
            found = found[len(request.events) :]

    async def _wait(self, request: _Request) -> None:
        """Beside those who do their work meanwhile."""
        try:
            _answer(request, await self._locked.take(request.events, request.now))
        except Exception as error:  # noqa: BLE001  # as above
            _fail([request], error)


def _begin(work: Coroutine[Any, Any, None], under_way: set[asyncio.Task[None]]) -> None:
    task = asyncio.create_task(work)
    under_way.add(task)
    task.add_done_callback(under_way.discard)


def _answer(request: _Request, found: list[str]) -> None:
    if not request.answer.done():  # who asked may be gone
        request.answer.set_result(found)


def _fail(group: list[_Request], error: Exception) -> None:
    for request in group:
        if not request.answer.done():
            request.answer.set_exception(error)


def _is_away(error: Exception) -> bool:
    """Whether it would strike every request alike, or leaves open what was committed."""
    if not isinstance(error, Error):
        return False
    if error.sqlstate is None:
        return isinstance(error, OperationalError)
    return error.sqlstate.startswith(_AWAY)
