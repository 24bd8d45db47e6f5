"""A new build of the worker takes over in an installation whose workers had none."""

import asyncio
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial

from bench.chaos.cases import case
from bench.chaos.faults.kills import LATE
from bench.chaos.limits import ChaosLimits, first_names
from bench.chaos.means.rolling_deploy import NEW, OLD, drain, make_current, recorded, rolled
from bench.chaos.result import CaseResult
from bench.chaos.scene import CaseScene
from bench.chaos.site import ChaosSite
from local.parts import WORKER
from process.settings import Build
from workflows.names import TASK_QUEUE

_DEPLOYMENT = "chaos"
_SECONDS = 10  # over which orders begin, so that some do before, while and after the builds change


@case("F20", "workers of one build replace those of another while orders come in")
async def build_changes(scene: CaseScene) -> CaseResult:
    """Both did some of the work, every history replays; afterwards workers without a
    build go on.
    """
    site = scene.site
    orders = scene.live(rate=min(scene.orders / _SECONDS, 12))
    try:
        async with rolled(site.clients.temporal, _DEPLOYMENT, partial(_worker, site), orders):
            await scene.settled()
            why = await _objections(scene)
            result = await scene.verdict(ChaosLimits(excuses=LATE), why=why)
            await make_current(site.clients.temporal, Build(_DEPLOYMENT, ""))
            await drain(site.clients.temporal, Build(_DEPLOYMENT, NEW))
            return result
    finally:
        await make_current(site.clients.temporal, Build(_DEPLOYMENT, ""))


async def _objections(scene: CaseScene) -> list[str]:
    which = f"TaskQueue = '{TASK_QUEUE}' and StartTime >= '{scene.began_at.isoformat()}'"
    found = await recorded(scene.site.clients.temporal, which)
    missing = {OLD, NEW} - found.builds
    return [
        *first_names("non-deterministic", found.broken),
        *first_names("build without work: the case proves nothing", missing),
    ]


@asynccontextmanager
async def _worker(site: ChaosSite, build: Build) -> AsyncIterator[Process]:
    """A worker as it is, beside those without a build, which Temporal gives no work
    meanwhile.
    """
    ours = {"PURNA_DEPLOYMENT": build.deployment, "PURNA_BUILD_ID": build.id}
    environ = {**site.parts.child("worker").part.env, **ours}
    process = await asyncio.create_subprocess_exec(*WORKER, env=environ, stderr=DEVNULL)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
