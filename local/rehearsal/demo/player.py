"""Plays a log on the real parts, in one order of time: the next event, or whatever falls due before
it.

Between two moments every journey concerned is moved forward on Temporal's own clock; at each moment
the player waits until nothing is nudged and nothing is open. What falls due is seen to by the
workers, never by the player.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import httpx
from temporalio.client import Client

from engine.catalog.values import instant
from engine.facts.naming import subject_id
from local.rehearsal.travel import PATIENCE, Travel, until
from operations.cannot_run import CannotRun
from store.ports import Store
from store.records.answers import JourneyRow

# Seconds before an event is posted again to a web process that is down.
_BREATH = 0.2
_AS_EVENT = {"content-type": "application/cloudevents+json"}
# A timer that is skipped over rings at once; one that is met to the instant waits for the server to
# look.
_PAST_DUE = timedelta(seconds=1)


@dataclass(slots=True)
class Progress:
    """How far the play is, for a person who watches."""

    posted: int = 0
    total: int = 0
    at: datetime | None = None
    last: str = ""
    told: Callable[["Progress"], None] = field(default=lambda _: None)

    def say(self, at: datetime | None, last: str, posted: int = 0) -> None:
        """Something happened at a moment of the play."""
        self.at, self.last, self.posted = at, last, self.posted + posted
        self.told(self)


class Player:
    """One play over HTTP, PostgreSQL and Temporal."""

    def __init__(
        self, store: Store, temporal: Client, api: httpx.AsyncClient, progress: Progress
    ) -> None:
        self.store, self.temporal, self.api, self.progress = store, temporal, api, progress
        self.travel = Travel(temporal)

    async def play(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Every event at its time, and after the last one everything that still falls due."""
        self.progress.total = len(events)
        for event in events:
            at = datetime.fromisoformat(event["time"])
            await self._pass_time(at)
            await self._bring(await self._of_customer(event), at)
            await self._post(event)
            self.progress.say(at, event["type"], posted=1)
            await self._settled()
        await self._pass_time(None)

    async def _pass_time(self, until: datetime | None) -> None:
        """See to whatever falls due before `until`; events come before what is due at the same
        instant.
        """
        while due := await self._next_due():
            if until is not None and due.wake_at is not None and due.wake_at >= until:
                return
            await self.wake(due)
            self.progress.say(due.wake_at, "due")
            await self._settled()

    async def wake(self, due: JourneyRow) -> None:
        """Move a journey past its due moment and wait until it has looked."""
        assert due.wake_at is not None
        await self.travel.wake(due.journey, due.wake_at + _PAST_DUE, partial(self._has_looked, due))

    async def _next_due(self) -> JourneyRow | None:
        """The journey that wakes first with something to do; one that would only end
        is left alone.
        """
        rows = [row for row in await self.store.journeys.woken() if row.wake_at and row.waits]
        return min(rows, key=lambda row: (row.wake_at, row.journey), default=None)

    async def _of_customer(self, event: Mapping[str, Any]) -> list[str]:
        """The journeys of the customer and the order that an event names."""
        data = event["data"]
        order, customer = data.get("order", {}).get("id"), data.get("customer", {}).get("id")
        subject = subject_id("order", data["shop"], order) if order else None
        rows = [row for row in await self.store.journeys.woken() if not row.ended]
        return [
            row.journey
            for row in rows
            if row.subject == subject or (customer and row.customer == customer)
        ]

    async def _bring(self, journeys: Sequence[str], to: datetime) -> None:
        """Move journeys forward to a moment; one that has ended meanwhile begins at real time when
        it is woken.
        """
        for journey in journeys:
            await self.travel.move(journey, to)

    async def _has_looked(self, due: JourneyRow) -> bool:
        row = next(
            (one for one in await self.store.journeys.woken() if one.journey == due.journey), None
        )
        return row is None or row.wake_at != due.wake_at

    async def _settled(self) -> None:
        """Wait until nothing is nudged and nothing is open."""
        await until(self.store.overview.idle)

    async def _post(self, event: Mapping[str, Any]) -> None:
        answer = await self._answered(event)
        if answer.status_code != httpx.codes.ACCEPTED:
            raise CannotRun(
                f"event {event['id']} was answered {answer.status_code}: {answer.text[:300]}"
            )

    async def _answered(self, event: Mapping[str, Any]) -> httpx.Response:
        """Post it again until it is answered: one that was kept though its answer was lost is not
        kept twice.
        """
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                while True:
                    with suppress(httpx.TransportError):
                        answer = await self.api.post("/events", json=dict(event), headers=_AS_EVENT)
                        if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                            return answer
                    await asyncio.sleep(_BREATH)
        except TimeoutError:
            raise CannotRun(
                f"event {event['id']} was not answered within a minute; the log of web may say why"
            ) from None


def spelled(at: datetime | None) -> str:
    """A moment of the play for a person."""
    return instant(at)[:16].replace("T", " ") if at else ""
