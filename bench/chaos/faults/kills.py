"""Processes that die or stand still: workers, Temporal, the web process, PostgreSQL."""

import asyncio
import os
import signal
from contextlib import suppress

from bench.chaos.cases import case
from bench.chaos.limits import ChaosLimits
from bench.chaos.result import CaseResult
from bench.chaos.scene import CaseScene
from engine.decisions.reason import Reason
from local.rehearsal.meanwhile import meanwhile

# While journeys stand still, their orders go on: what a later stage has overtaken is rightly left
# unsaid.
_OUTAGES, _OUTAGE = (
    15,
    5,
)  # seconds over which orders begin, so that some do while Temporal, or PostgreSQL, is away
_ASLEEP = (
    13  # seconds; more than a worker may be silent, and than the lease of a message inside DATA
)
LATE = frozenset({"uncertain", Reason.OVERTAKEN, Reason.STOPPED_BY})


@case("F1", "a random worker is killed every 0.3 to 0.9 s")
async def workers_die(scene: CaseScene) -> CaseResult:
    """At most 1 % uncertain."""
    async with meanwhile(killing_workers(scene)):
        await scene.live()
    return await scene.verdict(ChaosLimits(uncertain=0.01, excuses=LATE))


@case("F2", "Temporal is killed three times, down 0 to 10 s, once with its database deleted")
async def temporal_dies(scene: CaseScene) -> CaseResult:
    """Journeys whose message waits are among those it forgets."""

    async def fault() -> None:
        for forgets in ((), ("temporal.db*",), ()):
            await asyncio.sleep(1)
            await scene.site.parts.down("Temporal", scene.chance.uniform(0, 10), forgets=forgets)
        scene.over()

    await asyncio.gather(fault(), scene.live(rate=min(scene.orders / _OUTAGES, 12)))
    return await scene.verdict(ChaosLimits(excuses=LATE))


@case("F3", "the web process is killed between body and answer, senders try again")
async def web_dies(scene: CaseScene) -> CaseResult:
    """Posts are under way at every moment, so that each kill cuts some off."""
    async with meanwhile(_kill_web(scene)):
        await scene.live()
    why = [] if scene.events.cut_off else ["no request was cut off: the case proves nothing"]
    return await scene.verdict(ChaosLimits(excuses=LATE), why=why)


@case("F15", "PostgreSQL is killed and comes back")
async def postgres_dies(scene: CaseScene) -> CaseResult:
    """Twice, while events are posted and messages leave."""

    async def fault() -> None:
        for _ in range(2):
            await asyncio.sleep(1)
            await scene.site.parts.down("PostgreSQL", scene.chance.uniform(0.5, 4))
        scene.over()

    await asyncio.gather(fault(), scene.live(rate=min(scene.orders / _OUTAGE, 12)))
    return await scene.verdict(ChaosLimits(uncertain=0.01, excuses=LATE))


@case("F21", "a worker is stopped past its timeout, then goes on")
async def worker_sleeps(scene: CaseScene) -> CaseResult:
    """All workers but one, in the middle of slow mails."""
    scene.site.smtp.pause = 0.1
    asleep = scene.site.workers()[1:]

    async def fault() -> None:
        await asyncio.sleep(1)
        for worker in asleep:
            worker.send_signal(signal.SIGSTOP)
            await asyncio.sleep(0.5)
        await asyncio.sleep(_ASLEEP)
        for worker in asleep:
            worker.send_signal(signal.SIGCONT)
        scene.calm()
        scene.over()

    await asyncio.gather(fault(), scene.live())
    return await scene.verdict(ChaosLimits(uncertain=1.0, excuses=LATE))


async def killing_workers(scene: CaseScene) -> None:
    """Kill a random worker every 0.3 to 0.9 s, until it is cancelled."""
    while True:
        await asyncio.sleep(scene.chance.uniform(0.3, 0.9))
        if alive := scene.site.workers():
            with suppress(ProcessLookupError):
                os.kill(scene.chance.choice(alive).pid, signal.SIGKILL)


async def _kill_web(scene: CaseScene) -> None:
    web = scene.site.parts.child("web")
    while True:
        await asyncio.sleep(scene.chance.uniform(0.5, 2))
        if await web.part.ready():
            scene.site.parts.kill("web")
