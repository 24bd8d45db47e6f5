"""What a rule means while machines die: lines of one template, lines that change while a message is
held, two firings of one moment, what a firing itself sets, rules renamed twice, a cap after an
outage.
"""

import asyncio
import re
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from bench.chaos.cases import case
from bench.chaos.faults.kills import LATE, killing_workers
from bench.chaos.limits import ChaosLimits
from bench.chaos.result import CaseResult
from bench.chaos.scene import CaseScene
from bench.chaos.site import RULES
from bench.chaos.stories import RawEvent, StoryOrder, night_zone
from engine.decisions.firing import Firing
from engine.decisions.reason import Reason
from local.rehearsal.meanwhile import meanwhile
from operations.rules.check import sound_rules

_SECOND, _HOUR, _DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
_NIGHT = 11 * _HOUR
_FEW = 6  # orders of a case whose clocks are moved
_FILE = Path("journeys") / "meanings.yaml"
_BELIEFS = frozenset({Reason.CONDITION_FALSE, Reason.LOST_GROUP})


@case("R1", "one template in three lines of a rule while workers are killed")
async def lines_of_one_template(scene: CaseScene) -> CaseResult:
    """Each line speaks in its own words, by its own category, and falls by its own `only_if`."""
    orders = [scene.order() for _ in range(scene.orders)]
    async with meanwhile(killing_workers(scene)):
        for number, order in enumerate(orders):
            await scene.post(_started(order, express=number % 2 == 0))
            await asyncio.sleep(scene.chance.uniform(0, 0.1))
    await scene.settled()
    express = orders[::2]
    why = miscounted(
        scene,
        {"note-first": express, "note-second": orders, "note-third": orders},
        await unsure(scene),
    )
    return await scene.verdict(ChaosLimits(uncertain=0.05, excuses=LATE), why=why)


@case("R2", "another line of `choose` and another of its group hold by the end of quiet hours")
async def lines_change(scene: CaseScene) -> CaseResult:
    """The line that holds when a message may leave is the one that speaks."""
    orders = [scene.order(night_zone()) for _ in range(max(scene.orders // 2, _FEW))]
    await asyncio.gather(*(scene.post(_sized(one, "setup.asked", "small")) for one in orders))
    grown = orders[::2]
    async with meanwhile(killing_workers(scene)):
        await asyncio.sleep(2)
        await asyncio.gather(*(scene.post(_sized(one, "setup.sized", "large")) for one in grown))
        await scene.skip(_NIGHT)
        await asyncio.sleep(1)
    until = datetime.now(UTC) + _NIGHT
    scene.over()
    await scene.settled(until)
    small = orders[1::2]
    why = miscounted(
        scene,
        {
            "note-large": grown,
            "note-member-large": grown,
            "note-small": small,
            "note-member": small,
        },
        await unsure(scene),
    )
    limits = ChaosLimits(uncertain=0.05, excuses=LATE | _BELIEFS)
    return await scene.verdict(limits, why=why, until=until)


@case("R5", "two lines around a window, a clock that is restarted, two subscriptions of one day")
async def firings_of_one_moment(scene: CaseScene) -> CaseResult:
    """Each firing speaks for itself, and a restarted clock speaks once, after the last."""
    now = datetime.now(UTC)
    orders = [scene.order() for _ in range(_FEW)]
    renewal = (now + 6 * _DAY).replace(hour=12, minute=0, second=0, microsecond=0)
    for order in orders:
        await scene.post(
            order.event("setup.timed", now - 57 * _SECOND, order={"id": order.number}),
            *(
                order.event("setup.used", now - hours * _HOUR, order={"id": order.number})
                for hours in (3, 2, 1)
            ),
            *(_subscription(order, which, renewal, now) for which in ("first", "second")),
        )
    await asyncio.sleep(4)
    for order in orders:
        ended = {"id": f"{order.number}-second"}
        await scene.post(order.event("subscription.cancelled", now, subscription=ended))
    for days in (2, 2, 3):
        await scene.skip(days * _DAY)
        async with meanwhile(killing_workers(scene)):
            await asyncio.sleep(0.5)
    until = now + 7 * _DAY
    await scene.settled(until)
    why = miscounted(
        scene,
        {"note-timed": orders + orders, "note-used": orders, "renews": orders},
        await unsure(scene),
    )
    return await scene.verdict(ChaosLimits(uncertain=0.05, excuses=LATE), why=why, until=until)


@case("R6", "a rule sets and grants what its own condition reads, while workers are killed")
async def own_facts(scene: CaseScene) -> CaseResult:
    """It speaks, and is silent the next time."""
    people = [scene.order() for _ in range(scene.orders)]
    async with meanwhile(killing_workers(scene)):
        for person in people:
            await scene.post(person.event("setup.praised", datetime.now(UTC)))
            await asyncio.sleep(scene.chance.uniform(0, 0.1))
    await scene.settled()
    for person in people:
        await scene.post(person.event("setup.praised", datetime.now(UTC), 2))
    await scene.settled()
    why = miscounted(scene, {"praised": people}, await unsure(scene))
    return await scene.verdict(ChaosLimits(uncertain=0.05, excuses=LATE), why=why)


@case("R7", "rules are renamed twice while their messages wait")
async def renamed_twice(scene: CaseScene) -> CaseResult:
    """What waited is said once, under the newest name, and never again for the same thing."""
    now = datetime.now(UTC)
    orders = [scene.order() for _ in range(_FEW)]
    for order in orders:
        await scene.post(
            order.event("setup.waited", now - 57 * _SECOND, order={"id": order.number})
        )
    await asyncio.sleep(4)
    async with _renamed(scene, ("said-and-waits", "twice-renamed", "renamed-again")):
        await scene.skip(3 * _DAY)
        until = now + 3 * _DAY + _HOUR
        await scene.settled(until)
        for order in orders:
            again = order.event("setup.waited", now, 2, order={"id": order.number})
            await scene.post(again)
        await scene.settled(until)
        why = miscounted(scene, {"note-waited": orders}, await unsure(scene))
        return await scene.verdict(ChaosLimits(excuses=LATE), why=why, until=until)


@case("R8", "two offers of eight days wait for a mail server that is away, under a cap of one")
async def cap_after_an_outage(scene: CaseScene) -> CaseResult:
    """What is about to leave counts at the moment it leaves: one leaves, the other one has no room
    before it is stale.
    """
    now = datetime.now(UTC)
    people = [scene.order() for _ in range(_FEW)]
    for person in people:
        await scene.post(person.event("consent.given", now - _DAY, consent={"category": "sales"}))
    await scene.site.smtp.stop()
    for person in people:
        await scene.post(
            person.event("setup.offered", now - 8 * _DAY), person.event("setup.offered", now, 2)
        )
    await asyncio.sleep(3)
    await scene.site.smtp.start()
    scene.over()
    await scene.settled(now + timedelta(minutes=2))
    await scene.skip(2 * _DAY)
    until = now + 2 * _DAY
    await scene.settled(until)
    why = miscounted(scene, {"praised": people}, await unsure(scene))
    excuses = frozenset({Reason.EXPIRED, Reason.CAPPED})
    return await scene.verdict(ChaosLimits(excuses=excuses), why=why, until=until)


def _started(order: StoryOrder, *, express: bool) -> RawEvent:
    known = {"id": order.number, "express": express}
    return order.event("setup.started", datetime.now(UTC), order=known)


def _sized(order: StoryOrder, kind: str, size: str) -> RawEvent:
    return order.event(kind, datetime.now(UTC), order={"id": order.number}, setup={"size": size})


def _subscription(order: StoryOrder, which: str, renewal: datetime, now: datetime) -> RawEvent:
    """One that renews at this moment, for the same customer as the other one."""
    begun = now - (_DAY if which == "first" else _HOUR)
    told = {"id": f"{order.number}-{which}", "renews_at": renewal.isoformat()}
    return order.event("subscription.started", begun, which == "first", subscription=told)


async def unsure(scene: CaseScene) -> set[str]:
    """Addresses to which something may have come twice or not at all: there nothing is counted."""
    return {
        f"c{_number(row.firing)}@{scene.shop}.example"
        for row in await scene.ledger()
        if row.state == "uncertain" or (row.kind == "send" and row.resent)
    }


def _number(firing: Firing) -> str:
    """Of the story that a firing belongs to."""
    return firing.order or firing.about[1].removeprefix("C").partition("-")[0]


def miscounted(
    scene: CaseScene,
    expected: Mapping[str, Iterable[StoryOrder]],
    unsure: set[str],
    only: tuple[str, ...] = (),
) -> list[str]:
    """What did not arrive exactly as often as each subject names its order; `only` these subjects
    are looked at, or all.
    """
    arrived = Counter(
        (subject, one.recipient)
        for one in scene.taken()
        if (subject := one.subject.split(" ")[0]) in (only or {subject})
    )
    due = Counter((subject, one.address) for subject, orders in expected.items() for one in orders)
    return [
        f"{subject} to {address}: {arrived[subject, address]} arrived, not {due[subject, address]}"
        for subject, address in sorted(arrived.keys() | due.keys())
        if arrived[subject, address] != due[subject, address] and address not in unsure
    ][:5]


@asynccontextmanager
async def _renamed(scene: CaseScene, names: tuple[str, ...]) -> AsyncIterator[None]:
    """Published one right after the other, each with the name before; afterwards the shop is as it
    was.
    """
    try:
        for old, new in pairwise(names):
            folder = scene.site.parts.home / new
            await asyncio.to_thread(_rename, folder, old, new)
            now = datetime.now(UTC)
            ruleset = sound_rules(folder, now.date(), otherwise="nothing was published")
            await scene.site.clients.store.rulesets.publish(ruleset, "chaos", new, now)
        yield
    finally:
        await scene.site.clients.store.rulesets.publish(
            scene.site.parts.ruleset, "chaos", "as it was", datetime.now(UTC)
        )


def _rename(folder: Path, old: str, new: str) -> None:
    shutil.copytree(RULES, folder, dirs_exist_ok=True)
    text = (folder / _FILE).read_text()
    (folder / _FILE).write_text(
        re.sub(r"  - id: said-and-waits\b.*", f"  - id: {new}\n    renamed_from: {old}", text)
    )
