"""One case's shop in the installation: telling of its orders, waiting for its rest, moving its
clocks, its verdict.
"""

import asyncio
import random
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from itertools import count
from typing import Any, LiteralString

from bench.chaos.faulty_smtp import FaultScript, Taken
from bench.chaos.forgotten import Forgotten
from bench.chaos.limits import (
    ChaosLimits,
    first_names,
    lateness,
    objections,
    overruns,
    percentile,
    recovery,
)
from bench.chaos.result import CaseResult, CaseTimes, MessageFigures
from bench.chaos.site import ChaosSite
from bench.chaos.stories import RawEvent, StoryOrder
from engine.decisions.effects import Effect
from engine.facts.events import Event as Read
from engine.rules.ruleset import Ruleset
from local.parts import SENDER_DOMAIN
from local.rehearsal.event_post import EventPost
from local.rehearsal.judge import Copy, Told, Trial, TrialLog, in_order_of_arrival, judged
from local.rehearsal.travel import Travel

_AT_ONCE = 24  # requests
_LOOK = 0.1
_BEGINNING = 15.0  # seconds that a journey may take to begin where workers are killed
_PATIENCE = 90.0  # seconds for everything to come to rest
_LOG = """
select body, coalesce(arrived_at, known_at) from events
where body ->> 'shop' = %s and subject is not null order by coalesce(arrival, pos)
"""
_OPEN = """
with mine as (
    select journey, wake_at from journeys
        where split_part(split_part(subject, ':', 2), '/', 1) = %(shop)s
)
select (select count(*) from nudges join mine using (journey))
    + (select count(*) from effects join mine using (journey)
        where state in ('wanted', 'claimed', 'data'))
    + (select count(*) from effects join mine using (journey)
       where state = 'held' and (wake_at is null and held_until is not null or wake_at > held_until
           or held_until <= %(until)s))
    + (select count(*) from waits join mine using (journey) where due_at <= %(until)s)
"""
_UNSAID = """
select journey, rule_id, occurrence, reason from decisions d join journeys using (journey)
where split_part(split_part(subject, ':', 2), '/', 1) = %s and reason is not null order by d.id
"""
_JOURNEYS = (
    "select journey from journeys"
    " where split_part(split_part(subject, ':', 2), '/', 1) = %s and not ended"
)


@dataclass
class CaseScene:
    """What a case is given. `orders` is how many it may tell of, `chance` its seeded choice,
    `attempt` whether it is played for the first time.
    """

    fault: str
    title: str
    site: ChaosSite
    orders: int
    chance: random.Random
    attempt: int = 1
    accepted: dict[str, datetime] = field(
        default_factory=dict
    )  # when each event's 202 came, by its id

    def __post_init__(self) -> None:
        self.shop = self.fault.lower() if self.attempt == 1 else f"{self.fault.lower()}-again"
        self.began_at = datetime.now(UTC)
        self.over_at: datetime | None = None  # when the fault was over, if before the verdict
        # By how much our own clocks were ahead of the machine's when they dated what arrived.
        self.was_ahead = timedelta(0)
        self.posted: list[RawEvent] = []
        self.forgotten: Forgotten | None = None
        self._began = time.monotonic()
        self._numbers = count(1)
        self._at_once = asyncio.Semaphore(_AT_ONCE)
        self.travel = Travel(self.site.clients.temporal)
        self.events = EventPost(self.site.clients.api, _PATIENCE)

    def order(self, zone: str | None = None) -> StoryOrder:
        """A new one."""
        return StoryOrder(self.shop, f"{next(self._numbers)}", zone)

    async def post(self, *events: RawEvent) -> None:
        """Post one after the other, each until it is accepted."""
        for event in events:
            async with self._at_once:
                self.posted.append(event)
                await self.events.accepted(event)
                self.accepted[event["id"]] = datetime.now(UTC)

    async def live(self, rate: float = 12.0, orders: int | None = None) -> None:
        """So many whole orders, in parallel; `rate` begin each second, each within two seconds."""
        async with asyncio.TaskGroup() as group:
            for _ in range(orders or self.orders):
                group.create_task(self._live(self.order(), random.Random(self.chance.random())))
                await asyncio.sleep(self.chance.uniform(0, 2 / rate))

    async def settled(self, until: datetime | None = None, within: float = _PATIENCE) -> bool:
        """Whether, after a while, nothing is open any more, and nothing waits that is
        due by then.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                while await self._is_open(until):  # noqa: ASYNC110  # other processes close it
                    await asyncio.sleep(_LOOK)
                return True
        return False

    def over(self) -> None:
        """The fault ends now."""
        self.over_at = datetime.now(UTC)

    async def skip(self, by: timedelta) -> None:
        """Move the clock of every journey of the shop; one that has not begun is waited for."""
        rows = await self.rows(_JOURNEYS, self.shop)
        await asyncio.gather(*(self._skipped(journey, by) for (journey,) in rows))

    async def _skipped(self, journey: str, by: timedelta) -> None:
        began = time.monotonic()
        while time.monotonic() - began < _BEGINNING:
            if await self.travel.skip(journey, by):
                return
            await asyncio.sleep(_LOOK)

    async def rows(self, query: LiteralString, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        async with self.site.clients.pool.connection() as connection:
            return await connection.rows(query, values)

    async def execute(self, statement: LiteralString, *values: Any) -> None:
        """Change the database behind everybody's back."""
        async with self.site.clients.pool.connection() as connection:
            await connection.execute(statement, values)

    async def ledger(self) -> list[Effect]:
        """The messages and calls of this shop."""
        return [
            row
            for row in await self.site.clients.store.inquiries.effects()
            if row.firing.shop == self.shop
        ]

    def taken(self) -> list[Taken]:
        """What the mail server took for customers of this shop."""
        return [
            one for one in self.site.smtp.kept if one.recipient.endswith(f"@{self.shop}.example")
        ]

    def calm(self) -> None:
        """The mail server behaves."""
        self.site.smtp.faults, self.site.smtp.pause = FaultScript(), 0.0

    async def verdict(
        self,
        limits: ChaosLimits | None = None,
        *,
        forbidden: Iterable[str] = (),
        why: Iterable[str] = (),
        until: datetime | None = None,
        is_once: bool = False,
    ) -> CaseResult:
        """Wait for rest, then judge; `why` and `forbidden` are what the case itself found.

        `until` where clocks were moved; `is_once`: the replay is told an event once, though it came
        under many ids.
        """
        limits, began = limits or ChaosLimits(), time.monotonic()
        over_at = self.over_at or datetime.now(UTC)
        why = [*why, *([] if await self.settled(until) else [f"no rest within {_PATIENCE:g} s"])]
        waited = time.monotonic() - began
        trial = await self._trial(until, is_once=is_once)
        found = await asyncio.to_thread(judged, trial)
        recovered = waited if until else recovery(found, over_at)
        late = lateness(found, is_virtual=until is not None)
        banned = [*forbidden, *found.forbidden]
        why += [*objections(found, limits), *await self._not_kept()]
        why += first_names("forbidden", banned)
        return CaseResult(
            fault=self.fault,
            title=self.title,
            messages=MessageFigures(
                expected=len(found.expected),
                delivered=len(found.arrived),
                lost=len(found.lost),
                duplicate=sum(found.duplicate.values()),
                resent=found.resent,
                uncertain=len(found.uncertain),
                wrong=len(found.wrong),
                forbidden=len(banned),
            ),
            times=CaseTimes(
                late_p50=round(percentile(late, 0.5), 3),
                late_p95=round(percentile(late, 0.95), 3),
                recover_seconds=round(recovered, 1),
                seconds=round(time.monotonic() - self._began, 1),
            ),
            why=tuple(why),
            slow=tuple(overruns(found, limits, recovered)),
        )

    async def _live(self, order: StoryOrder, chance: random.Random) -> None:
        for event in order.life(datetime.now(UTC), chance):
            await self.post(event)
            await asyncio.sleep(chance.uniform(0, 0.8))

    def _right(self, at: datetime) -> datetime:
        """When something arrived: what a clock of ours has dated ahead came before now."""
        return at - self.was_ahead if at > datetime.now(UTC) else at

    async def _is_open(self, until: datetime | None) -> bool:
        soon = until or datetime.now(UTC) + timedelta(minutes=1)
        async with self.site.clients.pool.connection() as connection:
            return bool((await connection.rows(_OPEN, {"shop": self.shop, "until": soon}))[0][0])

    async def _not_kept(self) -> Sequence[str]:
        """Events that were answered with 202 and are not in the log."""
        kept = {
            number
            for (number,) in await self.rows(
                "select id from events where source in ('chaos', 'signed')"
            )
        }
        gone = [one for one in self.accepted if one not in kept]
        return list(first_names("accepted and not kept", gone))

    async def _trial(self, until: datetime | None, *, is_once: bool) -> Trial:
        rows = await self.rows(_LOG, self.shop)
        log = [(self._right(at), Read.from_json(body)) for body, at in rows]
        told: list[Told] = list(in_order_of_arrival(log))
        told += [
            (one.at, ruleset)
            for one in await self.site.clients.store.rulesets.activations()
            if one.at > self.began_at
            and (ruleset := await self.site.clients.store.rulesets.revision(one.revision))
        ]
        told.sort(key=lambda one: one[0])
        naming, ledger = self.site.clients.store.naming, await self.ledger()
        copies = [_copy(one) for one in self.taken()]
        if self.forgotten:
            copies = self.forgotten.without(copies, ledger)
        return Trial(
            log=TrialLog(
                list(_singly(told)) if is_once else told,
                self.site.parts.ruleset,
                naming,
                until or datetime.now(UTC),
            ),
            ledger=ledger,
            copies=copies,
            domain=SENDER_DOMAIN,
            unsaid={
                (journey, rule, occurrence): reason
                for journey, rule, occurrence, reason in await self.rows(_UNSAID, self.shop)
            },
        )


def _singly(
    told: Iterable[Told],
) -> Iterator[Told]:
    """The first arrival of what came under several ids."""
    seen: set[str] = set()
    for at, what in told:
        name = what.revision if isinstance(what, Ruleset) else what.id.rpartition("-")[0]
        if name not in seen:
            seen.add(name)
            yield at, what


def _copy(taken: Taken) -> Copy:
    mail = message_from_bytes(taken.content, policy=default)
    return Copy(
        str(mail["Message-ID"]).strip("<>"), taken.recipient, taken.began_at, mail["Date"].datetime
    )
