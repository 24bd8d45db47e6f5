"""Requests that come while a transaction is under way share the next one: one commit for all of
them.

Each has its own answer. Where a shared transaction fails nothing of it is stored, and each request
is tried by itself, so that none fails for its neighbour's sake; only where the database is away
they all fail at once.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg import OperationalError

from engine.facts.events import Event

Take = Callable[[Sequence[Event], datetime], Awaitable[list[str]]]
# Events that share a transaction: folding so many keeps the process from its other work for 10 ms.
_MOST = 64
# Transactions at once: one that waits for a locked order must not hold up everybody.
_AT_ONCE = 3
# A connection that is lost, and a server that ends or starts.
_AWAY = ("08", "57P")


@dataclass(frozen=True, slots=True)
class _Request:
    events: Sequence[Event]
    now: datetime
    answer: "asyncio.Future[list[str]]"


class EventGatherer:
    """Groups the requests that come while the store is busy, and answers each of them as `take`,
    the store's `ingest`, does. A request that finds the store idle is stored at once.
    """

    def __init__(self, take: Take) -> None:
        self._take = take
        self._waiting: deque[_Request] = deque()
        self._working: set[asyncio.Task[None]] = set()

    async def ingest(self, events: Sequence[Event], now: datetime) -> list[str]:
        """What became of each event; raises what the store raises, of these events alone."""
        if len(events) > _MOST // 2:
            return await self._take(events, now)
        request = _Request(events, now, asyncio.get_running_loop().create_future())
        self._waiting.append(request)
        if len(self._working) < _AT_ONCE:
            task = asyncio.create_task(self._work())
            self._working.add(task)
            task.add_done_callback(self._working.discard)
        return await request.answer

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
        except Exception as error:  # noqa: BLE001  # each is raised again where its request waits
            if len(group) == 1 or _is_away(error):
                _fail(group, error)
            else:
                await asyncio.gather(*(self._store([request]) for request in group))
            return
        for request in group:
            if not request.answer.done():  # who asked may be gone
                request.answer.set_result(found[: len(request.events)])
            found = found[len(request.events) :]


def _fail(group: list[_Request], error: Exception) -> None:
    for request in group:
        if not request.answer.done():
            request.answer.set_exception(error)


def _is_away(error: Exception) -> bool:
    """Whether it would strike every request alike, or leaves open what was committed."""
    return isinstance(error, OperationalError) and (
        error.sqlstate is None or error.sqlstate.startswith(_AWAY)
    )
