"""Clocks: days of 23 and 25 hours, zones of half hours, events from yesterday and tomorrow."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from email import message_from_bytes
from email.policy import default
from zoneinfo import ZoneInfo

from bench.chaos.cases import case
from bench.chaos.faulty_smtp import Taken
from bench.chaos.limits import ChaosLimits
from bench.chaos.result import CaseResult
from bench.chaos.scene import CaseScene

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
