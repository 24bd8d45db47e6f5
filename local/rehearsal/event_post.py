"""Posts events to an API until they are accepted."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import httpx

from local.rehearsal.travel import PATIENCE
from operations.cannot_run import CannotRun

AS_EVENT = {"content-type": "application/cloudevents+json"}
AS_BATCH = {"content-type": "application/cloudevents-batch+json"}
# Seconds before events are posted again to a web process that is down.
_BREATH = 0.1
_CUT_OFF = (httpx.ReadError, httpx.RemoteProtocolError, httpx.ReadTimeout)


class EventPost:
    """The way to one API; `cut_off` counts the requests that were sent and never answered."""

    def __init__(self, api: httpx.AsyncClient, within: float = PATIENCE.total_seconds()) -> None:
        self.cut_off = 0
        self._api, self._within = api, within

    async def post(self, *events: Mapping[str, Any]) -> httpx.Response:
        """Once, whatever the answer is: one event as such, several as a batch."""
        is_one = len(events) == 1
        body = dict(events[0]) if is_one else [dict(event) for event in events]
        try:
            return await self._api.post(
                "/events", json=body, headers=AS_EVENT if is_one else AS_BATCH
            )
        except _CUT_OFF:
            self.cut_off += 1
            raise

    async def accepted(self, *events: Mapping[str, Any]) -> None:
        """Post until they are accepted: one that was kept though its answer was lost is not kept
        twice. `CannotRun` for any other answer, and where none comes.
        """
        name = events[0]["id"]
        answer = await self._answered(name, events)
        if answer.status_code != httpx.codes.ACCEPTED:
            raise CannotRun(f"event {name} was answered {answer.status_code}: {answer.text[:300]}")

    async def _answered(self, name: str, events: tuple[Mapping[str, Any], ...]) -> httpx.Response:
        try:
            async with asyncio.timeout(self._within):
                while True:
                    with suppress(httpx.TransportError):
                        answer = await self.post(*events)
                        if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                            return answer
                    await asyncio.sleep(_BREATH)
        except TimeoutError:
            raise CannotRun(
                f"event {name} was not answered within {self._within:.0f} s; the log of web may say why"
            ) from None
