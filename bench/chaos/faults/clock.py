"""Clocks: days of 23 and 25 hours, zones of half hours, events from yesterday and tomorrow; and our
own clocks, which are a day ahead for a while.
"""

import asyncio
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, date, datetime, time, timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any
from zoneinfo import ZoneInfo

from bench.chaos.cases import case
from bench.chaos.faults.kills import LATE, killing_workers
from bench.chaos.faults.senders import arrival, is_thanks, unsubscribe
from bench.chaos.faulty_smtp import Taken
from bench.chaos.limits import ChaosLimits
from bench.chaos.means.wall_clocks import PRELOADED, NoCompiler, WallClock, wall_clocks
from bench.chaos.result import CaseResult
from bench.chaos.scene import CaseScene
from bench.chaos.site import ChaosSite
from bench.chaos.stories import StoryOrder
from engine.decisions.reason import Reason
from local.parts import WORKER
from local.rehearsal.meanwhile import meanwhile

_ZONES = (
    "Europe/Paris", "America/New_York", "Australia/Lord_Howe", "America/St_Johns", "Asia/Kathmandu",
    "Pacific/Chatham",
    "Europe/Dublin", "America/Santiago",
)  # fmt: skip
_DAY = timedelta(days=1)
_YEAR = 366
_OPENS, _CLOSES = time(8), time(21)
_MORNING = time(9)
_LATE = timedelta(minutes=2)
_PARTS = ("web", "worker", "PostgreSQL")
_PEOPLE = 6
_SLOW = 0.1  # seconds before each answer of the mail server, so that leases are running
_RIGHT, _WRONG = 1.0, 4.0  # seconds before a clock is set ahead, and until it is right again
# What the database dated a day ahead is found by the next sweep, which comes every 15 s, and
# tried again after up to twice as long.
_RECOVERS_WITHIN = 45.0
# What would be stuck until tomorrow: an instant of the database's clock beyond its longest term.
_STUCK = """
select 'a nudge' from nudges where not_before_db > now() + interval '2 minutes'
union all select 'a lease' from effects
    where state = 'data' and data_until_db > now() + interval '10 minutes'
union all select 'an open effect' from effects
    where state in ('wanted', 'claimed', 'data') and touched_db > now() + interval '1 minute'
union all select 'who decides' from deciding where last_db > now() + interval '1 minute'
"""


@case("F9", "daylight saving gaps and folds, half-hour zones, events a day early and a day late")
async def clocks_change(scene: CaseScene) -> CaseResult:
    """Messages for nine in the morning and for half past two at night, around the days on which
    clocks change.
    """
    now = datetime.now(UTC)
    days = [(zone, day) for zone in _ZONES for day in _changes(zone, now.date())]
    orders = {scene.order(zone): day for zone, day in days[: scene.orders]}
    for number, (order, day) in enumerate(orders.items()):
        slip = timedelta(days=number % 3 - 1)
        promise = {"promised_on": (day + _DAY).isoformat()}
        await scene.post(
            order.event("order.placed", now + slip, order=promise), order.gold(now - slip)
        )
    await scene.settled()
    until = datetime.combine(max(orders.values()) + 3 * _DAY, time(), UTC)
    await _through(scene, now, until)
    await scene.settled(until)
    zones = {order.address: order.zone for order in orders}
    forbidden = [
        said
        for one in scene.taken()
        if (said := _out_of_hours(one, ZoneInfo(zones[one.recipient] or "UTC")))
    ]
    return await scene.verdict(ChaosLimits(), forbidden=forbidden, until=until)


async def _through(scene: CaseScene, now: datetime, until: datetime) -> None:
    """Move every clock in leaps, some of them of a day, so that moments are passed by and met."""
    leap = (until - now - _DAY) / 2
    for by in (leap, _DAY, leap):
        await scene.skip(by)
        await asyncio.sleep(0.2)


def _changes(zone: str, first: date) -> Iterator[date]:
    """The days of the year to come on which a zone's clocks change; an ordinary one where they
    never do.
    """
    found = [
        day
        for day in (first + number * _DAY for number in range(2, _YEAR))
        if _offset(zone, day) != _offset(zone, day + _DAY)
    ]
    return iter(found or [first + 3 * _DAY])


def _offset(zone: str, day: date) -> timedelta | None:
    return datetime.combine(day, time(), ZoneInfo(zone)).utcoffset()


def _out_of_hours(taken: Taken, zone: ZoneInfo) -> str | None:
    """What is wrong with the local time that a mail bears."""
    local = message_from_bytes(taken.content, policy=default)["Date"].datetime.astimezone(zone)
    if not _OPENS <= local.time() < _CLOSES:
        return f"{taken.subject} in quiet hours: {local.isoformat()} in {zone}"
    wanted = {"morning": _MORNING, "night": _OPENS}.get(taken.subject.split(" ")[0])
    if (
        wanted
        and not timedelta(0) <= local - local.replace(hour=wanted.hour, minute=0, second=0) < _LATE
    ):
        return f"{taken.subject} at {local.isoformat()} in {zone}, not at {wanted}"
    return None


@case("F27", "the clocks of web, workers and database are a day ahead for a while, with kills")
async def our_clocks_ahead(scene: CaseScene) -> CaseResult:
    """One after the other, while orders come in and workers are killed; a worker beside them is on
    time. What waits for a clock is found by the sweep, and nothing waits for a day.
    """
    scene.was_ahead = _DAY
    try:
        async with wall_clocks(scene.site, _PARTS) as clocks, _worker_on_time(scene.site):
            people = await _thanked(scene)
            scene.site.smtp.pause = _SLOW
            answered: dict[str, datetime] = {}
            why: list[str] = []
            for name in _PARTS:
                change_mind = _change_mind(scene, people, answered) if name == "web" else _nothing()
                why += await _wrong(scene, name, clocks[name], change_mind)
            scene.over()
            scene.calm()
            await scene.settled()
            why += [f"{row[0]} is stuck until tomorrow" for row in await scene.rows(_STUCK)]
            limits = ChaosLimits(0.05, LATE | {Reason.NO_CONSENT}, _RECOVERS_WITHIN)
            forbidden = list(_promoted(scene, answered))
            return await scene.verdict(limits, why=why, forbidden=forbidden)
    except NoCompiler as reason:
        return CaseResult(scene.fault, scene.title, skipped=str(reason))


async def _wrong(
    scene: CaseScene, name: str, clock: WallClock, beside: Coroutine[Any, Any, None]
) -> list[str]:
    """A third of the orders, while this clock is set ahead and right again; a line if nobody saw
    it.
    """
    seen: list[bool] = []

    async def fault() -> None:
        await asyncio.sleep(_RIGHT)
        clock.set_ahead(_DAY)
        try:
            await asyncio.gather(asyncio.sleep(_WRONG), beside)
            seen.append(await _is_ahead(scene, name))
        finally:
            clock.set_ahead(timedelta(0))

    orders = max(scene.orders // len(_PARTS), 1)
    async with meanwhile(killing_workers(scene)):
        await asyncio.gather(fault(), scene.live(rate=orders / _WRONG, orders=orders))
    return [] if all(seen) else [f"nobody saw the clock of {name} ahead: the case proves nothing"]


async def _is_ahead(scene: CaseScene, name: str) -> bool:
    """Whether what this part writes is dated tomorrow."""
    tomorrow = datetime.now(UTC) + _DAY / 2
    if name == "PostgreSQL":
        return bool((await scene.rows("select now() > %s", tomorrow))[0][0])
    if name == "web":
        return bool(await scene.rows("select from events where known_at > %s limit 1", tomorrow))
    log = scene.site.parts.child(name).part.log.read_text()
    return f'"{datetime.now(UTC) + _DAY:%Y-%m-%d}' in log  # of workers that were born meanwhile


async def _nothing() -> None:
    """Nothing beside the fault."""


async def _thanked(scene: CaseScene) -> list[StoryOrder]:
    """Customers who have a mail with a link by which they end such mails."""
    people, now = [scene.order() for _ in range(_PEOPLE)], datetime.now(UTC)
    for person in people:
        await scene.post(person.consent(now - _DAY), arrival(person, person.number, now))
    await scene.settled()
    return people


async def _change_mind(
    scene: CaseScene, people: Sequence[StoryOrder], answered: dict[str, datetime]
) -> None:
    """Every other one ends them by a click, and something else arrives for each."""
    leaving = {one.address for one in people[::2]}
    for mail in scene.taken():
        if mail.recipient in leaving and is_thanks(mail):
            answered.update([await unsubscribe(scene, mail)])
    for person in people:
        second = f"{person.number}-second"
        await scene.post(arrival(person, second, datetime.now(UTC), timedelta(seconds=3)))


def _promoted(scene: CaseScene, answered: Mapping[str, datetime]) -> Iterator[str]:
    """Thanks that came after the page had said that none come."""
    for one in scene.taken():
        if is_thanks(one) and one.began_at > answered.get(one.recipient, one.began_at):
            yield f"{one.subject} to {one.recipient}"


@asynccontextmanager
async def _worker_on_time(site: ChaosSite) -> AsyncIterator[None]:
    environ = site.parts.child("worker").part.env
    on_time = {name: text for name, text in environ.items() if name != PRELOADED}
    process = await asyncio.create_subprocess_exec(*WORKER, env=on_time, stderr=DEVNULL)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
