"""One case's shop in the installation: telling of its orders, waiting for its rest, moving its
clocks, its verdict.
"""

import asyncio
import random
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from email.utils import parseaddr
from itertools import count
from typing import Any, LiteralString

import httpx
from temporalio.service import RPCError
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from bench.chaos.faulty_smtp import Script, Taken
from bench.chaos.judge import ChaosLimits, Copy, Trial, first_names, judged, percentile
from bench.chaos.result import CaseResult
from bench.chaos.site import Installation
from bench.chaos.stories import RawEvent, StoryOrder
from engine.decisions.effects import Effect, category_of
from engine.facts.events import Event as Read
from engine.rules.ruleset import Ruleset
from local.parts import SENDER

AS_EVENT = {"content-type": "application/cloudevents+json"}
DOMAIN = parseaddr(SENDER)[1].partition("@")[2]
_AT_ONCE = 24  # requests
_BREATH = 0.1  # seconds before an event is posted again
_LOOK = 0.1
_PATIENCE = 90.0  # seconds for everything to come to rest
# An outage of half an hour is skipped from one attempt to the next; the server would stop after a
# hundred.
_CLOCKS = TimeSkippingConfig(enabled=False, max_session_skip_count=10_000)
_LOG = """
select body, known_at from events where body ->> 'shop' = %s and subject is not null order by pos
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
    """What a case is given. `orders` is how many it may tell of, `chance` its seeded choice."""

    fault: str
    title: str
    site: Installation
    orders: int
    chance: random.Random
    accepted: dict[str, datetime] = field(
        default_factory=dict
    )  # when each event's 202 came, by its id
    broken: int = 0  # requests that were cut off after they had been sent

    def __post_init__(self) -> None:
        self.shop = self.fault.lower()
        self.began_at = datetime.now(UTC)
        self.over_at: datetime | None = None  # when the fault was over, if before the verdict
        self._began = time.monotonic()
        self._numbers = count(1)
        self._at_once = asyncio.Semaphore(_AT_ONCE)
        self.skipper = TimeSkipper(self.site.temporal, config=_CLOCKS)

    def order(self, zone: str | None = None) -> StoryOrder:
        """A new one."""
        return StoryOrder(self.shop, f"{next(self._numbers)}", zone)

    async def tell(self, *events: RawEvent) -> None:
        """Post one after the other, each until it is accepted."""
        for event in events:
            async with self._at_once:
                await self._accepted(event)

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
        """Move the clock of every journey of the shop."""
        rows = await self.asked(_JOURNEYS, self.shop)
        await asyncio.gather(*(self._skip(journey, by) for (journey,) in rows))

    async def asked(self, query: LiteralString, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        async with self.site.store.pool.connection() as connection:
            return await connection.rows(query, values)

    async def execute(self, statement: LiteralString, *values: Any) -> None:
        """Change the database behind everybody's back."""
        async with self.site.store.pool.connection() as connection:
            await connection.execute(statement, values)

    async def ledger(self) -> list[Effect]:
        """The messages and calls of this shop."""
        return [
            row for row in await self.site.store.inquiries.effects() if row.firing.shop == self.shop
        ]

    def taken(self) -> list[Taken]:
        """What the mail server took for customers of this shop."""
        return [
            one for one in self.site.smtp.kept if one.recipient.endswith(f"@{self.shop}.example")
        ]

    def calm(self) -> None:
        """The mail server behaves."""
        self.site.smtp.faults, self.site.smtp.pause = Script(), 0.0

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
        trial = await self._trial(until, over_at)
        trial = replace(trial, told=list(_singly(trial.told))) if is_once else trial
        found = await asyncio.to_thread(judged, trial, limits)
        recovered = waited if until else found.recovered
        banned = [
            *forbidden,
            *(row.key for row in trial.ledger if row.resent and not self._is_essential(row)),
        ]
        why += [*found.why, *await self._not_kept(), *first_names("forbidden", banned)]
        if recovered > limits.recovers_within:
            why.append(f"recovered after {recovered:.1f} s, not within {limits.recovers_within:g}")
        return CaseResult(
            fault=self.fault,
            title=self.title,
            expected=found.expected,
            delivered=found.delivered,
            lost=found.lost,
            duplicate=found.duplicate,
            resent=found.resent,
            uncertain=found.uncertain,
            wrong=found.wrong,
            forbidden=len(banned),
            late_p50=round(percentile(found.late, 0.5), 3),
            late_p95=round(percentile(found.late, 0.95), 3),
            recover_seconds=round(recovered, 1),
            seconds=round(time.monotonic() - self._began, 1),
            why=tuple(why),
        )

    async def _live(self, order: StoryOrder, chance: random.Random) -> None:
        for event in order.life(datetime.now(UTC), chance):
            await self.tell(event)
            await asyncio.sleep(chance.uniform(0, 0.8))

    async def _accepted(self, event: RawEvent) -> None:
        async with asyncio.timeout(_PATIENCE):
            while True:
                with suppress(httpx.TransportError):
                    answer = await self.post(event)
                    if answer.status_code == httpx.codes.ACCEPTED:
                        self.accepted[event["id"]] = datetime.now(UTC)
                        return
                    if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                        raise RuntimeError(
                            f"{event['id']} was answered {answer.status_code}: {answer.text[:200]}"
                        )
                await asyncio.sleep(_BREATH)

    async def post(self, event: RawEvent) -> httpx.Response:
        """Once, whatever the answer is."""
        try:
            return await self.site.api.post("/events", json=event, headers=AS_EVENT)
        except (httpx.ReadError, httpx.RemoteProtocolError, httpx.ReadTimeout):
            self.broken += 1
            raise

    async def _is_open(self, until: datetime | None) -> bool:
        soon = until or datetime.now(UTC) + timedelta(minutes=1)
        async with self.site.store.pool.connection() as connection:
            return bool((await connection.rows(_OPEN, {"shop": self.shop, "until": soon}))[0][0])

    async def _skip(self, journey: str, by: timedelta) -> None:
        with suppress(RPCError):
            await self.skipper.fast_forward(self.site.temporal.get_workflow_handle(journey), by)

    def _is_essential(self, row: Effect) -> bool:
        category = self.site.ruleset.policies.category(category_of(row) or "")
        return category is not None and category.essential

    async def _not_kept(self) -> Sequence[str]:
        """Events that were answered with 202 and are not in the log."""
        kept = {
            number
            for (number,) in await self.asked(
                "select id from events where source in ('chaos', 'signed')"
            )
        }
        gone = [one for one in self.accepted if one not in kept]
        return list(first_names("accepted and not kept", gone))

    async def _trial(self, until: datetime | None, over_at: datetime) -> Trial:
        log = [(at, Read.from_json(body)) for body, at in await self.asked(_LOG, self.shop)]
        told: list[tuple[datetime, Read | Ruleset]] = list(_in_order(log))
        told += [
            (one.at, ruleset)
            for one in await self.site.store.rulesets.activations()
            if one.at > self.began_at
            and (ruleset := await self.site.store.rulesets.revision(one.revision))
        ]
        return Trial(
            told=sorted(told, key=lambda one: one[0]),
            ruleset=self.site.ruleset,
            naming=self.site.store.naming,
            ledger=await self.ledger(),
            unsaid={
                (journey, rule, occurrence): reason
                for journey, rule, occurrence, reason in await self.asked(_UNSAID, self.shop)
            },
            copies=[_copy(one) for one in self.taken()],
            until=until or datetime.now(UTC),
            over_at=over_at,
            domain=DOMAIN,
            is_virtual=until is not None,
        )


def _in_order(log: Iterable[tuple[datetime, Read]]) -> Iterable[tuple[datetime, Read]]:
    """Each event when it was known, but never before one that arrived ahead of it: requests
    overlap.
    """
    last = datetime.min.replace(tzinfo=UTC)
    for at, event in log:
        last = max(last, at)
        yield last, event


def _singly(
    told: Iterable[tuple[datetime, Read | Ruleset]],
) -> Iterator[tuple[datetime, Read | Ruleset]]:
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
