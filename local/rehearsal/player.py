"""The player of every rehearsal: events are posted at their moments, and between two of them each
journey is moved to whatever falls due.

Journeys are moved forward on Temporal's own clock. At each moment the player waits until nothing is
nudged and nothing is open. What falls due is seen to by the workers, never by the player.
"""

import asyncio
from collections.abc import Awaitable, Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

from local.installation import InstallationClients
from local.rehearsal.event_post import EventPost
from local.rehearsal.travel import LOOK, Travel, until
from store.records.answers import JourneyRow

# A timer that is skipped over rings at once; one that is met to the instant waits for the server to
# look.
PAST_DUE = timedelta(seconds=1)


class JourneyClock(Protocol):
    """Where the moments of a play lie on the clocks of its journeys; None if a journey never
    ran.
    """

    def at_its_own(self, journey: str, at: datetime) -> datetime | None:
        """A moment of the play on the clock of a journey."""

    def past_due(self, journey: str, at: datetime) -> datetime | None:
        """Just after what is due at a moment, which the play has reached now."""


class SharedClock:
    """The clocks of the journeys show the moments of the play as they are."""

    def at_its_own(self, _journey: str, at: datetime) -> datetime:
        """The same moment."""
        return at

    def past_due(self, _journey: str, at: datetime) -> datetime:
        """A second later."""
        return at + PAST_DUE


async def nothing_more() -> None:
    """Nothing is to be noted when all is at rest."""


@dataclass(frozen=True, slots=True)
class PlayRules:
    """How a play differs from the usual one: its clock; `mine`, the only journeys that it moves;
    when all is at rest, and what is noted then; how often it looks, in seconds.
    """

    clock: JourneyClock = field(default_factory=SharedClock)
    mine: Container[str] | None = None
    is_at_rest: Callable[[], Awaitable[bool]] | None = None
    note: Callable[[], Awaitable[None]] = nothing_more
    look: float = LOOK


class Player:
    """One play over HTTP, PostgreSQL and Temporal."""

    def __init__(self, clients: InstallationClients, rules: PlayRules | None = None) -> None:
        self.store, self.rules = clients.store, rules or PlayRules()
        self._travel = Travel(clients.temporal, self.rules.look)
        self._post = EventPost(clients.api)

    async def post(
        self,
        events: Sequence[Mapping[str, Any]],
        at: datetime,
        journeys: Iterable[str] | None = None,
    ) -> None:
        """Bring journeys to a moment, and post what becomes known then."""
        await self.reach(at, journeys)
        await self._post.accepted(*events)

    async def reach(self, at: datetime, journeys: Iterable[str] | None = None) -> None:
        """Bring these journeys (all that run, if none are named) to a moment."""
        await self._bring(await self._running() if journeys is None else journeys, at)

    async def pass_time(
        self,
        end: datetime | None,
        among: Container[str] | None = None,
        see: Callable[[JourneyRow], None] = lambda _: None,
    ) -> None:
        """See to whatever falls due before `end`, or ever; events come before what is due at the
        same instant.
        """
        while due := await self._next_due(end, among):
            await self.wake(due)
            see(due)
            await self.settled()

    async def wake(self, due: JourneyRow) -> None:
        """Move a journey past its due moment and wait until it has looked."""
        assert due.wake_at is not None
        if to := self.rules.clock.past_due(due.journey, due.wake_at):
            await self._travel.wake(due.journey, to, partial(self._has_looked, due))

    async def settled(self) -> None:
        """Wait until nothing is nudged and nothing is open, and note what has happened."""
        await until(self.rules.is_at_rest or self.store.overview.idle, look=self.rules.look)
        await self.rules.note()

    async def _next_due(
        self, end: datetime | None, among: Container[str] | None
    ) -> JourneyRow | None:
        """The journey that wakes first with something to do; one that would only end is left
        alone.
        """
        rows = [
            (row.wake_at, row.journey, row)
            for row in await self.store.journeys.woken()
            if row.wake_at
            and row.waits
            and (end is None or row.wake_at < end)
            and (among is None or row.journey in among)
            and (self.rules.mine is None or row.journey in self.rules.mine)
        ]
        return min(rows)[-1] if rows else None

    async def _bring(self, journeys: Iterable[str], at: datetime) -> None:
        """Move journeys forward to a moment; one that has ended meanwhile begins at real time when
        it is woken.
        """
        moves = [
            (journey, to)
            for journey in journeys
            if (to := self.rules.clock.at_its_own(journey, at))
        ]
        await asyncio.gather(*(self._travel.move(journey, to) for journey, to in moves))

    async def _running(self) -> list[str]:
        return [row.journey for row in await self.store.journeys.woken() if not row.ended]

    async def _has_looked(self, due: JourneyRow) -> bool:
        row = next(
            (one for one in await self.store.journeys.woken() if one.journey == due.journey), None
        )
        return row is None or row.wake_at != due.wake_at
