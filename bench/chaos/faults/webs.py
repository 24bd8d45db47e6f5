"""Several web processes beside each other: each event comes to some of them at once, one dies, one
is told to end.
"""

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import httpx

from bench.chaos.cases import case
from bench.chaos.faults.kills import LATE
from bench.chaos.limits import ChaosLimits, first_names
from bench.chaos.means.web_processes import WebProcess, web_processes
from bench.chaos.result import CaseResult
from bench.chaos.scene import CaseScene
from bench.chaos.stories import RawEvent, StoryOrder
from local.rehearsal.event_post import AS_BATCH

_WEBS = 3
_SECONDS = 4  # over which orders begin
_OUTAGE = 1.5  # seconds without Temporal
_GLANCE = 0.01  # seconds
_BREATH = 0.1  # seconds before something is posted again, to another process
_PATIENCE = 60  # seconds
_RIVAL = 0.3  # of all events come with another body too
_UNEVEN = """
select s.id from subjects s left join events e on e.subject = s.id
where split_part(split_part(s.id, ':', 2), '/', 1) = %s group by s.id, s.seq
having count(e.seq) <> s.seq or count(distinct e.seq) <> s.seq or coalesce(max(e.seq), 0) <> s.seq
"""
_STORED = """
select count(*), coalesce(sum(conflicts), 0) from events where digest is not null
    and body ->> 'shop' = %s
"""


@case(
    "F22",
    "three web processes: events come to some of them at once, one is killed, one is ended, "
    "Temporal is away",
)
async def several_web_processes(scene: CaseScene) -> CaseResult:
    """Each 202 is in the log once, numbers have no hole, conflicts are counted, busy answers say
    when to come back.
    """
    async with web_processes(scene.site, _WEBS) as webs:
        senders = _Senders(scene, webs)
        await asyncio.gather(
            _faults(scene, senders), _orders(scene, senders), _batches(scene, senders)
        )
        await scene.settled()
        why = [*senders.why, *await _miscounted(scene, senders)]
    return await scene.verdict(ChaosLimits(excuses=LATE), why=why)


class _Senders:
    """They post until they are told 202, each time to another process, and remember what they were
    told.
    """

    def __init__(self, scene: CaseScene, webs: Sequence[WebProcess]) -> None:
        self.scene, self.webs = scene, webs
        self.counted: Counter[str] = Counter()
        self.unanswered = 0  # events of requests that were cut off
        self.why: list[str] = []

    async def post(self, first: int, *events: RawEvent) -> None:
        """One request, which begins at this process."""
        async with asyncio.timeout(_PATIENCE):
            for web in _from(self.webs, first):
                if await self._is_taken(web, events):
                    return
                await asyncio.sleep(_BREATH)

    async def strike(self, web: WebProcess, how: signal.Signals) -> None:
        """In the middle of requests; it is started again."""
        async with asyncio.timeout(_PATIENCE):
            while not web.under_way:  # noqa: ASYNC110  # other tasks post
                await asyncio.sleep(_GLANCE)
        if pid := web.child.pid:
            os.kill(pid, how)

    async def _is_taken(self, web: WebProcess, events: Sequence[RawEvent]) -> bool:
        web.under_way += 1
        try:
            answer = await web.api.post("/events", json=events, headers=AS_BATCH)
        except httpx.ConnectError:
            return False
        except httpx.TransportError:
            self.unanswered += len(events)
            return False
        finally:
            web.under_way -= 1
        return self._answered(answer, events)

    def _answered(self, answer: httpx.Response, events: Sequence[RawEvent]) -> bool:
        if answer.status_code == httpx.codes.ACCEPTED:
            self.counted.update(answer.json())
            self.scene.accepted.update((event["id"], datetime.now(UTC)) for event in events)
            return True
        if (
            answer.status_code != httpx.codes.SERVICE_UNAVAILABLE
            or "retry-after" not in answer.headers
        ):
            self.why.append(f"answered {answer.status_code}: {answer.text[:200]}")
        return False


async def _faults(scene: CaseScene, senders: _Senders) -> None:
    """The first one dies, the last one is told to end."""
    for web, how in ((senders.webs[0], signal.SIGKILL), (senders.webs[-1], signal.SIGTERM)):
        await asyncio.sleep(scene.chance.uniform(0.3, 0.8))
        await senders.strike(web, how)
    await scene.site.parts.down("Temporal", _OUTAGE)
    scene.over()


async def _orders(scene: CaseScene, senders: _Senders) -> None:
    """Whole orders, each event at one to three processes at once, some with another body under its
    id.
    """

    async def live(chance: random.Random) -> None:
        for event in scene.order().life(datetime.now(UTC), chance):
            bodies = [event] * chance.randint(1, _WEBS) + [_rival(event)] * (
                chance.random() < _RIVAL
            )
            first = chance.randrange(_WEBS)
            await asyncio.gather(
                *(senders.post(first + number, body) for number, body in enumerate(bodies))
            )
            await asyncio.sleep(chance.uniform(0, 0.5))

    async with asyncio.TaskGroup() as group:
        for _ in range(scene.orders):
            group.create_task(live(random.Random(scene.chance.random())))
            await asyncio.sleep(scene.chance.uniform(0, 2 * _SECONDS / scene.orders))


async def _batches(scene: CaseScene, senders: _Senders) -> None:
    """Pairs of batches that lock the same orders, or claim the same ids for other orders, in
    opposite orders.
    """
    async with asyncio.TaskGroup() as group:
        for number in range(max(scene.orders // 4, 1)):
            for left, right in _pairs(scene):
                group.create_task(senders.post(number, *left))
                group.create_task(senders.post(number + 1, *right[::-1]))
            await asyncio.sleep(scene.chance.uniform(0, 8 * _SECONDS / scene.orders))


def _pairs(scene: CaseScene) -> Iterator[tuple[list[RawEvent], list[RawEvent]]]:
    one, other, third, fourth = (scene.order() for _ in range(4))
    at, minute = datetime.now(UTC) - timedelta(hours=1), timedelta(minutes=1)
    yield _changed(at, one, other), _changed(at + minute, one, other)
    first = _changed(at + 2 * minute, one, other)
    rivals = _changed(at + 2 * minute, third, fourth)
    yield first, [{**rival, "id": event["id"]} for rival, event in zip(rivals, first, strict=True)]


def _changed(at: datetime, *orders: StoryOrder) -> list[RawEvent]:
    return [order.event("order.changed", at) for order in orders]


def _rival(event: RawEvent) -> RawEvent:
    """Something else under the same id."""
    data = event["data"]
    return {**event, "data": {**data, "customer": {**data["customer"], "first_name": "Eva"}}}


async def _miscounted(scene: CaseScene, senders: _Senders) -> list[str]:
    """What the log does not hold as the answers told; what was cut off may be in it or not."""
    why = list(
        first_names(
            "subject whose numbers have a hole",
            [name for (name,) in await scene.rows(_UNEVEN, scene.shop)],
        )
    )
    ((events, conflicts),) = await scene.rows(_STORED, scene.shop)
    for what, told, stored in (
        ("events", senders.counted["accepted"], events), ("conflicts", senders.counted["conflicts"],
        int(conflicts)),
    ):  # fmt: skip
        if not told <= stored <= told + senders.unanswered:
            why.append(
                f"{told} {what} were answered and {stored} are there, {senders.unanswered} "
                f"unanswered"
            )
    if not senders.unanswered:
        why.append("no request was cut off: the case proves nothing")
    if not senders.counted["conflicts"]:
        why.append("nothing was told in two ways: the case proves nothing")
    return why


def _from(webs: Sequence[WebProcess], first: int) -> Iterator[WebProcess]:
    """For ever, each in turn."""
    while True:
        yield webs[first % len(webs)]
        first += 1
