"""Accepting: events become part of the log. This is the only way in, for senders with a token,
senders who sign, pages and commands.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from engine.catalog.catalog import Catalog
from engine.facts.events import ALLOWANCE, Event, InvalidEvent, parse_event, trusted
from engine.sources.schemes import may_speak_of
from engine.sources.translators import Payload, translated
from operations.intake.active_ruleset import ActiveRuleset
from operations.intake.gathered_events import EventGatherer
from process.counts import taken_in
from store.ports import Contended, EventLog

MAX_EVENTS = 1000
# Some senders wait five seconds in all; what is given up may be stored all the same, and is known
# when it comes again.
_SECONDS, _FEW = 4.0, 32
# Between so many events of a batch other requests have their turn.
_STRETCH = 50
_PLACE = re.compile(r"event\[(\d+)\]\.?(.*)", re.DOTALL)
_log = structlog.get_logger("purna.accept")


class EventRefused(Exception):
    """An event that cannot be accepted, and nothing of its batch is: the field that is wrong, what
    was expected there, and the place of the event in the batch, from 0, where it is known.
    """

    def __init__(self, field: str, reason: str, index: int | None) -> None:
        super().__init__(
            f"{field} {reason}" if index is None else f"event {index}: {field} {reason}"
        )
        self.field, self.reason, self.index = field, reason, index


class OtherShop(Exception):
    """An event of a shop of which its sender may not speak, and nothing of its batch is stored: its
    place in the batch, from 0.
    """

    def __init__(self, index: int) -> None:
        super().__init__(f"event {index}: data.shop must be a shop of its sender")
        self.index = index


@dataclass(frozen=True, slots=True)
class ProvenSender:
    """Who has proved to send: the `source` it is, empty where a token lets it name any, and the
    shops of which it may speak, None for every one.
    """

    source: str = ""
    shops: frozenset[str] | None = None


_ANYBODY = ProvenSender()


class TooManyEvents(Exception):
    """A batch of more than `MAX_EVENTS`."""


@dataclass(frozen=True, slots=True)
class AcceptedEvents:
    """How many were new, early (they wait until somebody tells of their thing), known already,
    known with another content, or put in quarantine.
    """

    accepted: int
    unplaced: int
    duplicates: int
    conflicts: int
    quarantined: int

    def to_json(self) -> dict[str, Any]:
        """For the sender."""
        return {
            "accepted": self.accepted,
            "unplaced": self.unplaced,
            "duplicates": self.duplicates,
            "conflicts": self.conflicts,
            "quarantined": self.quarantined,
        }


class Accept:
    """Takes events into the store; `ring` tells the relay that somebody may have to be woken.

    `allowance` is how far ahead of their arrival senders may date events, None for any time.
    """

    def __init__(
        self,
        log: EventLog,
        active: ActiveRuleset,
        ring: Callable[[], None],
        allowance: timedelta | None = ALLOWANCE,
    ) -> None:
        self._log, self._active, self._ring, self._allowance = log, active, ring, allowance
        self._gatherer = EventGatherer(log.ingest, log.locked)

    async def parsed(
        self, raw: Sequence[Any], now: datetime, sender: ProvenSender = _ANYBODY
    ) -> AcceptedEvents:
        """Events as a sender writes them; one that is a source must name it in every one.

        They are committed when this returns. Raises `TooManyEvents`, `EventRefused` or `OtherShop`,
        and then nothing is stored. What a source says of another shop than its own is set aside
        instead, as it would send it again for days.
        """
        if len(raw) > MAX_EVENTS:
            raise TooManyEvents(f"must not hold more than {MAX_EVENTS} events")
        try:
            # Of a large batch every answer is waited for in its own time.
            async with asyncio.timeout(_SECONDS if len(raw) <= _FEW else None):
                return await self._taken_in(raw, now, sender)
        except TimeoutError:
            raise Contended("the database is slow, try again") from None

    async def _taken_in(
        self, raw: Sequence[Any], now: datetime, sender: ProvenSender
    ) -> AcceptedEvents:
        arrival = _Arrival((await self._active.get()).catalog, now, self._allowance)
        events = await _parsed(raw, arrival)
        _check_source(events, sender.source)
        own = {
            place: one for place, one in enumerate(events) if may_speak_of(one.shop, sender.shops)
        }
        others = [one for place, one in enumerate(events) if place not in own]
        if others and not sender.source:
            raise OtherShop(events.index(others[0]))
        outcomes = await self._ingested(own, now) if own else []
        outcomes += await self._set_aside(others, sender) if others else []
        for event, outcome in zip((*own.values(), *others), outcomes, strict=True):
            taken_in(event.source, outcome)
        return self._accepted(outcomes) if outcomes else AcceptedEvents(0, 0, 0, 0, 0)

    async def _ingested(self, events: Mapping[int, Event], now: datetime) -> list[str]:
        """What became of events, by their place in the batch."""
        try:
            return await self._gatherer.ingest([*events.values()], now)
        except InvalidEvent as invalid:
            raise _refused_by_store(invalid, [*events]) from None

    async def _set_aside(self, events: Sequence[Event], sender: ProvenSender) -> list[str]:
        why = f"{sender.source} may not speak of this shop: `shops` of its file does not name it"
        return await self._log.set_aside(events, why)

    async def posted(self, payload: Payload, sender: ProvenSender, now: datetime) -> AcceptedEvents:
        """What a sender posts: events, or what the shop's own translator of its source makes of it.

        Raises as `parsed`, and whatever the translator raises.
        """
        raw = translated(sender.source, payload)
        if raw is None:
            raw = payload.body if isinstance(payload.body, list) else [payload.body]
        return await self.parsed(raw, now, sender)

    async def own(self, events: Sequence[Event], now: datetime) -> AcceptedEvents:
        """Events that Purna itself states, such as what a command comes to, in a transaction of
        their own.
        """
        return self._accepted(await self._gatherer.alone(events, now))

    def _accepted(self, outcomes: Sequence[str]) -> AcceptedEvents:
        self._ring()
        count = Counter(outcomes)
        return AcceptedEvents(
            count["accepted"],
            count["unplaced"],
            count["duplicate"],
            count["conflict"],
            count["quarantined"],
        )


@dataclass(frozen=True, slots=True)
class _Arrival:
    """What events are read by: the catalog, when they came, how far ahead they may be dated."""

    catalog: Catalog
    now: datetime
    allowance: timedelta | None

    def event(self, raw: Any) -> Event:
        event = parse_event(raw, self.catalog, self.now, self.allowance)
        return event if self.allowance is not None else trusted(event)


async def _parsed(raw: Sequence[Any], arrival: _Arrival) -> list[Event]:
    events = []
    for index, one in enumerate(raw):
        if index % _STRETCH == _STRETCH - 1:
            await asyncio.sleep(0)
        events.append(_event(one, arrival, index))
    return events


def _event(raw: Any, arrival: _Arrival, index: int) -> Event:
    try:
        _check_version(raw)
        return arrival.event(raw)
    except InvalidEvent as invalid:
        raise EventRefused(invalid.field, invalid.reason, index) from None
    except Exception as error:  # noqa: BLE001  # told to try again, the sender of a value nobody foresaw would, for ever
        _log.warning("event could not be read", error=type(error).__name__)
        raise EventRefused("event", "holds a value that cannot be read", index) from None


def _check_version(raw: Any) -> None:
    if isinstance(raw, dict) and raw.get("specversion", "1.0") != "1.0":
        raise InvalidEvent("specversion", "must be 1.0")


def _check_source(events: Sequence[Event], source: str) -> None:
    """One who signs as one source cannot speak for another."""
    for index, event in enumerate(events):
        if source and event.source != source:
            raise EventRefused("source", f"must be {source}", index)


def _refused_by_store(invalid: InvalidEvent, places: Sequence[int]) -> EventRefused:
    """The store names the event in the same field, `event[3].data`, by its place among those that
    it was given; `places` are theirs in the batch.
    """
    place = _PLACE.fullmatch(invalid.field)
    if place is None:
        return EventRefused(invalid.field, invalid.reason, None)
    return EventRefused(place[2] or "event", invalid.reason, places[int(place[1])])
