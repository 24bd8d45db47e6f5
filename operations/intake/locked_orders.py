"""Orders that somebody has locked: what is told of them waits apart, one request for each of them
and few at all, so that neither sessions nor other senders are held up.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from psycopg.errors import LockNotAvailable

from engine.facts.events import Event
from engine.facts.intake import customer_subject, order_subject
from store.ports import Contended

_TRIES_FOR = 3.0  # seconds
_PAUSE = 0.05  # seconds between two looks, and after a try that found the order locked
# An order that nobody has got hold of counts as locked for so many seconds after the last try.
_REMEMBERED = 10.0
_AT_ONCE = 4  # requests that have a session
_MOST = 10_000  # orders that are remembered


class LockedOrders:
    """Takes events by themselves, as `take` does; that gives up soon where somebody has locked an
    order, and is asked again for three seconds. After that `LockNotAvailable` is raised, or
    `Contended` where others have waited for the same.
    """

    def __init__(
        self,
        take: Callable[[Sequence[Event], datetime], Awaitable[list[str]]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._take, self._clock = take, clock
        self._until: dict[str, float] = {}
        self._tried = set[str]()  # locked orders for which some request has a session
        self._places = _AT_ONCE

    def may_hold(self, events: Sequence[Event]) -> bool:
        """Whether one of these tells of an order that was found locked a moment ago."""
        return bool(self._until) and bool(self._locked(events))

    async def take(self, events: Sequence[Event], now: datetime) -> list[str]:
        """What became of each event."""
        ends = self._clock() + _TRIES_FOR
        while True:
            locked = await self._turn(events, ends)
            try:
                found = await self._take(events, now)
            except LockNotAvailable:
                self._remember(events)
                if self._clock() >= ends:
                    raise
            else:
                for name in locked:
                    self._until.pop(name, None)
                return found
            finally:
                self._tried -= locked
                self._places += 1
            await asyncio.sleep(_PAUSE)

    async def _turn(self, events: Sequence[Event], ends: float) -> set[str]:
        """Wait for a place, and until nobody else tries one of the same orders; which those are."""
        while not self._places or not self._tried.isdisjoint(self._locked(events)):
            if self._clock() >= ends:
                raise Contended("others wait for the same order, try again")
            await asyncio.sleep(_PAUSE)
        locked = self._locked(events)
        self._tried |= locked
        self._places -= 1
        return locked

    def _locked(self, events: Sequence[Event]) -> set[str]:
        now = self._clock()
        return {name for one in events if self._until.get(name := _home(one), now) > now}

    def _remember(self, events: Sequence[Event]) -> None:
        """Of a batch nobody knows which of its orders it was."""
        now = self._clock()
        if len(self._until) > _MOST:
            self._until = {name: until for name, until in self._until.items() if until > now}
        self._until |= dict.fromkeys(map(_home, events), now + _REMEMBERED)


def _home(event: Event) -> str:
    """Whose row an event needs: its order's, else its customer's, else that of a thing."""
    subject = order_subject(event) or customer_subject(event.shop, event.customer)
    return subject or f"{event.shop} {sorted(event.things.items())}"
