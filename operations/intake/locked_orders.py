"""Orders that somebody has locked: what is told of them waits apart, one request for each of them
and few at all, so that neither sessions nor other senders are held up. Of a batch only those wait
that are locked: whoever tells of another one is not kept by it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime

from psycopg.errors import LockNotAvailable

from engine.facts.events import Event
from engine.facts.intake import customer_subject, order_subject
from store.ports import Contended

_TRIES_FOR, _EACH = 3.0, 0.01  # seconds, and more for each event
_PAUSE = 0.05  # seconds between two looks, and after a try that found the order locked
# An order that nobody has got hold of counts as locked for so many seconds after the last try.
_REMEMBERED = 10.0
_AT_ONCE = 4  # requests that have a session
_MOST = 10_000  # orders that are remembered


class LockedOrders:
    """Takes events by themselves, as `take` does; that gives up soon where somebody has locked an
    order, and is asked again for three seconds, and for longer of a large batch, once `look` finds
    none of these subjects locked. After that `LockNotAvailable` is raised, or `Contended` where
    others have waited for the same.
    """

    def __init__(
        self,
        take: Callable[[Sequence[Event], datetime], Awaitable[list[str]]],
        look: Callable[[Sequence[str]], Awaitable[list[str]]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._take, self._look, self._clock = take, look, clock
        self._until: dict[str, float] = {}
        self._tried = set[str]()  # orders for which some request has a session
        self._places = _AT_ONCE

    def may_hold(self, events: Sequence[Event]) -> bool:
        """Whether one of these tells of an order that was found locked a moment ago."""
        return bool(self._until) and bool(self._locked(map(_home, events)))

    async def take(self, events: Sequence[Event], now: datetime) -> list[str]:
        """What became of each event."""
        ends = self._clock() + _TRIES_FOR + _EACH * len(events)
        orders = {_home(one) for one in events}
        may_be_locked = bool(self._locked(orders))
        failed = LockNotAvailable("somebody has locked an order")
        while True:
            await self._turn(orders, ends)
            try:
                if not may_be_locked or not await self._note_locked(events):
                    found = await self._take(events, now)
                    self._forget(orders)
                    return found
            except LockNotAvailable as error:
                failed = error
                await self._note_locked(events)
            finally:
                self._tried -= orders
                self._places += 1
            may_be_locked = True
            if self._clock() >= ends:
                raise failed
            await asyncio.sleep(_PAUSE)

    async def _turn(self, orders: set[str], ends: float) -> None:
        """Wait for a place, and until nobody else tries one of the same orders; the last place is
        for those that nobody has found locked.
        """
        while self._places <= bool(self._locked(orders)) or not self._tried.isdisjoint(orders):
            if self._clock() >= ends:
                raise Contended("others wait for the same order, try again")
            await asyncio.sleep(_PAUSE)
        self._tried |= orders
        self._places -= 1

    def _locked(self, orders: Iterable[str]) -> set[str]:
        now = self._clock()
        return {name for name in orders if self._until.get(name, now) > now}

    def _forget(self, orders: Iterable[str]) -> None:
        for name in orders:
            self._until.pop(name, None)

    async def _note_locked(self, events: Sequence[Event]) -> bool:
        """Remember which of the orders are locked at this moment; whether any is. The one order of
        a request that failed is one, whatever else may have been locked.
        """
        homes: dict[str, set[str]] = {}
        for one in events:
            homes.setdefault(_home(one), set()).update(_subjects(one))
        locked = await self._look(sorted(set().union(*homes.values())))
        found = [home for home, subjects in homes.items() if not subjects.isdisjoint(locked)]
        self._remember(found or (homes if len(homes) == 1 else ()))
        return bool(found)

    def _remember(self, orders: Iterable[str]) -> None:
        now = self._clock()
        if len(self._until) > _MOST:
            self._until = {name: until for name, until in self._until.items() if until > now}
        self._until |= dict.fromkeys(orders, now + _REMEMBERED)


def _subjects(event: Event) -> list[str]:
    """Whose rows an event needs, as far as it names them."""
    named = order_subject(event), customer_subject(event.shop, event.customer)
    return [one for one in named if one]


def _home(event: Event) -> str:
    """Whose row an event needs: its order's, else its customer's, else that of a thing."""
    return next(iter(_subjects(event)), f"{event.shop} {sorted(event.things.items())}")
