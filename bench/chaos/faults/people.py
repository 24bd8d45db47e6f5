"""Somebody changes their mind while a message waits."""

import asyncio
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from bench.chaos.cases import case
from bench.chaos.faults.kills import LATE
from bench.chaos.faulty_smtp import SmtpFault, mixed
from bench.chaos.limits import ChaosLimits
from bench.chaos.result import CaseResult
from bench.chaos.scene import CaseScene
from bench.chaos.stories import RawEvent, StoryOrder
from engine.decisions.reason import Reason

_STOPS = ("consent.withdrawn", "order.cancelled", "order.refunded")
_GREYLISTED = 0.7
_REASONS = LATE | {Reason.NO_CONSENT}
# Between the last question and DATA on the wire a busy machine may do something else.
_SLACK = timedelta(seconds=0.5)


@case("F17", "consent is withdrawn, an order cancelled or refunded, while a message waits")
async def mind_changed(scene: CaseScene) -> CaseResult:
    """One message waits for its moment, another one for a mail server that puts it off again and
    again.
    """
    scene.site.smtp.faults = mixed(scene.chance.randrange(2**32), {SmtpFault.RCPT_451: _GREYLISTED})
    stopped: dict[str, list[str]] = {}
    async with asyncio.TaskGroup() as group:
        for number in range(scene.orders):
            order, now = scene.order(), datetime.now(UTC)
            waits = _due_soon(order, now) if number % 2 else _put_off(order, now)
            stops = _stops(
                order, _STOPS[number % len(_STOPS)], now + timedelta(seconds=_moment(scene.chance))
            )
            stopped[order.address] = [stop["id"] for stop in stops]
            group.create_task(_story(scene, waits, stops))
    scene.calm()
    scene.over()
    await scene.settled()
    return await scene.verdict(ChaosLimits(excuses=_REASONS), forbidden=_afterwards(scene, stopped))


def _due_soon(order: StoryOrder, now: datetime) -> list[RawEvent]:
    """Thanks are due in three seconds."""
    return [order.consent(now - timedelta(days=1)), order.delivered(now)]


def _put_off(order: StoryOrder, now: datetime) -> list[RawEvent]:
    """A message that the mail server may put off."""
    return [order.event("shipment.shipped", now - timedelta(hours=1))]


def _moment(chance: random.Random) -> float:
    """Seconds from now, well before or well after thanks are due: at the very moment either would
    be right.
    """
    return chance.uniform(0, 1.5) if chance.random() < 0.5 else chance.uniform(4.5, 6)


def _stops(order: StoryOrder, kind: str, at: datetime) -> list[RawEvent]:
    if kind != "consent.withdrawn":
        return [order.event(kind, at)]
    return [
        order.event(kind, at, number, consent={"category": name})
        for number, name in enumerate(("review", "delivery"))
    ]


async def _story(scene: CaseScene, waits: list[RawEvent], stops: list[RawEvent]) -> None:
    await scene.post(*waits)
    at = datetime.fromisoformat(stops[0]["time"])
    await asyncio.sleep(max((at - datetime.now(UTC)).total_seconds(), 0))
    await scene.post(*stops)


def _afterwards(scene: CaseScene, stopped: dict[str, list[str]]) -> Iterator[str]:
    """Messages whose DATA began after the 202 of what stops them."""
    for one in scene.taken():
        since = max(scene.accepted[stop] for stop in stopped[one.recipient])
        if one.subject.startswith(("thanks", "shipped")) and one.began_at > since + _SLACK:
            yield f"{one.subject} to {one.recipient}"
