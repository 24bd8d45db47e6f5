"""Senders who look at the clock: how long each request took, and what it was answered.

A limit in seconds says nothing about a machine on which everything waits for its turn. So
bystanders ask another web process, which the fault leaves alone, at the same time: their requests
take what the machine takes.
"""

import asyncio
import time
from collections import Counter
from datetime import UTC, datetime

import httpx

from bench.chaos.limits import percentile
from bench.chaos.means.web_processes import WebProcess
from bench.chaos.scene import CaseScene
from bench.chaos.stories import RawEvent
from local.rehearsal.event_post import EventPost

_PAUSE = 0.05  # seconds before an event is posted again
_SLOWER, _SLACK = 2.0, 0.1  # times what bystanders wait, seconds
NO_ANSWER = "no answer"
_FINE = (httpx.codes.ACCEPTED, httpx.codes.SERVICE_UNAVAILABLE)


class TimedSenders:
    """Post events to a web process, each again until it is accepted, and note every request."""

    def __init__(self, scene: CaseScene, web: WebProcess) -> None:
        self._scene, self._web = scene, web
        self.seconds: list[float] = []
        self.answers: Counter[int] = Counter()
        self.why: list[str] = []

    def beside(self) -> "TimedSenders":
        """Others at the same web process."""
        return TimedSenders(self._scene, self._web)

    async def post(self, event: RawEvent) -> None:
        """Until it is accepted."""
        async with self._web.client() as api:
            await self._post(EventPost(api), event)

    async def orders(self, until: asyncio.Event, pause: float) -> None:
        """Of one new order after the other, until the fault is over."""
        async with self._web.client() as api:
            while not until.is_set():
                await self._post(EventPost(api), self.new_order())
                await asyncio.sleep(pause)

    def new_order(self) -> RawEvent:
        """That nobody has told of."""
        return self._scene.order().event("order.confirmed", datetime.now(UTC))

    async def asks(self, until: asyncio.Event, pause: float) -> None:
        """Whether the process is alive, for which it needs nobody, until the fault is over."""
        async with self._web.client() as api:
            while not until.is_set():
                began = time.monotonic()
                await api.get("/healthz")
                self._note(began)
                await asyncio.sleep(pause)

    def p95(self) -> float:
        """Of 20 requests 19 took no longer."""
        return percentile(sorted(self.seconds), 0.95)

    def slower_than(self, seconds: float, bystanders: "TimedSenders") -> list[str]:
        """A line if one request was not answered within so long and what bystanders waited."""
        longest, waited = max(self.seconds, default=0.0), max(bystanders.seconds, default=0.0)
        if longest <= seconds + waited:
            return []
        return [f"a request took {longest:.1f} s, of bystanders {waited:.1f} s at most"]

    def often_slower_than(self, seconds: float, bystanders: "TimedSenders") -> list[str]:
        """A line if 5 % of the requests took longer than so long, and than those of bystanders."""
        p95, beside = self.p95(), bystanders.p95()
        if p95 <= max(seconds, _SLOWER * beside + _SLACK):
            return []
        return [f"the p95 of requests was {p95:.2f} s, of bystanders {beside:.2f} s"]

    async def _post(self, to: EventPost, event: RawEvent) -> None:
        while not await self._is_accepted(to, event):  # noqa: ASYNC110  # the web process makes it true
            await asyncio.sleep(_PAUSE)

    async def _is_accepted(self, to: EventPost, event: RawEvent) -> bool:
        began = time.monotonic()
        try:
            answer = await to.post(event)
        except httpx.TransportError as failure:
            self._note(began)
            self.why.append(f"{NO_ANSWER}: {type(failure).__name__}")
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
