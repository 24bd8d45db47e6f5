"""Senders who look at the clock: how long each request took, and what it was answered."""

import asyncio
import time
from collections import Counter
from datetime import UTC, datetime

import httpx

from bench.chaos.limits import percentile
from bench.chaos.scene import CaseScene
from bench.chaos.stories import RawEvent

_PAUSE = 0.05  # seconds between two requests of one sender
_FINE = (httpx.codes.ACCEPTED, httpx.codes.SERVICE_UNAVAILABLE)


class TimedSenders:
    """Post events, each again until it is accepted, and note every request."""

    def __init__(self, scene: CaseScene) -> None:
        self._scene = scene
        self.seconds: list[float] = []
        self.answers: Counter[int] = Counter()
        self.why: list[str] = []

    async def post(self, event: RawEvent) -> None:
        """Until it is accepted."""
        while not await self._is_accepted(event):  # noqa: ASYNC110  # the web process makes it true
            await asyncio.sleep(_PAUSE)

    async def orders(self, until: asyncio.Event, pause: float = _PAUSE) -> None:
        """Of one new order after the other, until the fault is over."""
        while not until.is_set():
            await self.post(self._scene.order().event("order.confirmed", datetime.now(UTC)))
            await asyncio.sleep(pause)

    def p95(self) -> float:
        """Of 20 requests 19 took no longer."""
        return percentile(sorted(self.seconds), 0.95)

    def slower_than(self, seconds: float) -> list[str]:
        """A line if one request was not answered within so long."""
        longest = max(self.seconds, default=0.0)
        return [f"a request took {longest:.1f} s"] if longest > seconds else []

    async def _is_accepted(self, event: RawEvent) -> bool:
        began = time.monotonic()
        try:
            answer = await self._scene.events.post(event)
        except httpx.TransportError as failure:
            self._note(began)
            self.why.append(f"no answer: {type(failure).__name__}")
            return False
        self._note(began)
        self.answers[answer.status_code] += 1
        if answer.status_code not in _FINE:
            self.why.append(f"answered {answer.status_code}")
        if answer.status_code == _FINE[1] and "retry-after" not in answer.headers:
            self.why.append("503 without Retry-After")
        if answer.status_code != httpx.codes.ACCEPTED:
            return False
        self._scene.accepted[event["id"]] = datetime.now(UTC)
        return True

    def _note(self, began: float) -> None:
        self.seconds.append(time.monotonic() - began)
