"""`POST /events`: CloudEvents in structured JSON, one or a batch, kept before they are answered
with 202.

`take` is the same for those who have proved in another way who they are.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse

from engine.catalog.catalog import Catalog
from engine.facts.events import Event, InvalidEvent, parse_event
from process.counts import refused, taken_in
from web.active_ruleset import ActiveRuleset
from web.api.gathered_events import EventGatherer
from web.http.bearer import Bearer
from web.http.body import read_body
from web.http.refusal import Refusal
from web.http.strict_json import NotJson, read_json
from web.parts import WebParts

MAX_BYTES = 1024 * 1024
MAX_EVENTS = 1000
_ONE, _BATCH, _EITHER = (
    "application/cloudevents+json",
    "application/cloudevents-batch+json",
    "application/json",
)
# Between so many events of a batch other requests have their turn.
_STRETCH = 50
_PLACE = re.compile(r"event\[(\d+)\]\.?(.*)", re.DOTALL)
_log = structlog.get_logger("purna.web")


class Ingest:
    """The way of an event from a sender into the store."""

    def __init__(self, parts: WebParts, active: ActiveRuleset) -> None:
        self._parts, self._active = parts, active
        self._bearer = Bearer(parts.tokens)
        self._gathering = EventGatherer(parts.store.events.ingest)

    async def post(self, request: Request) -> JSONResponse:
        """202 with counts once the events are committed; every other answer means that nothing of
        them was stored.
        """
        self._parts.limits.of_address(request)
        self._parts.limits.of_sender(self._bearer.check(request))
        return await self.take(request)

    async def take(
        self, request: Request, body: bytes | None = None, source: str = ""
    ) -> JSONResponse:
        """As `post`, for a sender who has proved who it is.

        `body` is what was read of the request already; where a `source` is named, every event must
        be of it.
        """
        try:
            kind = _kind(request)
            raw = await read_body(request, MAX_BYTES) if body is None else body
            return await self._taken_in(_parsed(raw, kind), source)
        except Refusal:
            refused()
            raise

    async def _taken_in(self, told: Any, source: str) -> JSONResponse:
        is_batch = isinstance(told, list)
        now = self._parts.now()
        events = await self._read(told if is_batch else [told], now, is_batch=is_batch)
        _check_source(events, source, is_batch=is_batch)
        outcomes = Counter(await self._keep(events, now, is_batch=is_batch))
        return JSONResponse(
            {
                "accepted": outcomes["accepted"],
                "duplicates": outcomes["duplicate"],
                "conflicts": outcomes["conflict"],
                "quarantined": outcomes["quarantined"],
            },
            202,
        )

    async def _read(self, told: list[Any], now: datetime, *, is_batch: bool) -> list[Event]:
        catalog = (await self._active.get()).catalog
        events = []
        for index, raw in enumerate(told):
            if index % _STRETCH == _STRETCH - 1:
                await asyncio.sleep(0)
            events.append(_event(raw, catalog, now, index if is_batch else None))
        return events

    async def _keep(self, events: Sequence[Event], now: datetime, *, is_batch: bool) -> list[str]:
        if not events:
            return []
        try:
            outcomes = await self._gathering.ingest(events, now)
        except InvalidEvent as invalid:
            raise _refusal_of_store(invalid, is_batch=is_batch) from None
        self._parts.ring()
        for event, outcome in zip(events, outcomes, strict=True):
            taken_in(event.source, outcome)
        return outcomes


def _kind(request: Request) -> str:
    """The media type. Raises a Refusal with 415 for any other, another charset than UTF-8, and
    packed bodies.
    """
    kind, *parameters = (
        part.strip().lower() for part in request.headers.get("content-type", "").split(";")
    )
    charsets = [
        part.partition("=")[2].strip('" ') for part in parameters if part.startswith("charset")
    ]
    if kind not in (_ONE, _BATCH, _EITHER) or any(
        charset not in ("utf-8", "utf8") for charset in charsets
    ):
        raise Refusal(415, "content-type", f"must be {_ONE}, {_BATCH} or {_EITHER}, in UTF-8")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Refusal(415, "content-encoding", "must be absent")
    return kind


def _parsed(raw: bytes, kind: str) -> Any:
    """The event, or a list of them."""
    try:
        told = read_json(raw)
    except NotJson as wrong:
        raise Refusal(400, "body", str(wrong)) from None
    if isinstance(told, list):
        if kind == _ONE:
            raise Refusal(422, "body", f"must be one event; a batch is sent as {_BATCH}")
        if len(told) > MAX_EVENTS:
            raise Refusal(413, "body", f"must not hold more than {MAX_EVENTS} events")
    elif kind == _BATCH:
        raise Refusal(422, "body", "must be a list of events")
    return told


def _event(raw: Any, catalog: Catalog, now: datetime, index: int | None) -> Event:
    try:
        _check_version(raw)
        return parse_event(raw, catalog, now)
    except InvalidEvent as invalid:
        raise _refusal(invalid, index) from None
    except Exception as error:  # noqa: BLE001  # told to try again, the sender of a value nobody foresaw would, for ever
        _log.warning("event could not be read", error=type(error).__name__)
        raise Refusal(422, "event", "holds a value that cannot be read", index=index) from None


def _check_version(raw: Any) -> None:
    if isinstance(raw, dict) and raw.get("specversion", "1.0") != "1.0":
        raise InvalidEvent("specversion", "must be 1.0")


def _check_source(events: Sequence[Event], source: str, *, is_batch: bool) -> None:
    """One who signs as one source cannot speak for another."""
    for index, event in enumerate(events):
        if source and event.source != source:
            raise Refusal(422, "source", f"must be {source}", index=index if is_batch else None)


def _refusal(invalid: InvalidEvent, index: int | None) -> Refusal:
    return Refusal(422, invalid.field, invalid.reason, index=index)


def _refusal_of_store(invalid: InvalidEvent, *, is_batch: bool) -> Refusal:
    """The store names the place of the event in the same field: `event[3].data`."""
    place = _PLACE.fullmatch(invalid.field)
    if place is None:
        return _refusal(invalid, None)
    return Refusal(
        422, place[2] or "event", invalid.reason, index=int(place[1]) if is_batch else None
    )
