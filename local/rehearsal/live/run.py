"""A run of live tests: some of them at once, each on a scene of its own, all on one rig."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

import structlog

from engine.rules.ruleset import Ruleset
from engine.scenarios.play import Played, for_test
from engine.scenarios.scenario import Scenario
from local.rehearsal.live.rig import LiveRig, open_rig, shop_name
from local.rehearsal.live.scene import set_scene
from local.rehearsal.live.story_play import LivePlay
from operations.cannot_run import CannotRun

# Tests at once: most of the time each of them waits for a server.
_AT_ONCE = 4


async def play_live(
    scenarios: Sequence[Scenario], ruleset: Ruleset, tell: Callable[[str], None]
) -> list[Played]:
    """What there was to see of every test, in their order; `tell` hears the name of each as it
    begins.
    """
    places = asyncio.Semaphore(_AT_ONCE)

    async def play(rig: LiveRig, scenario: Scenario) -> Played:
        async with places:
            tell(scenario.name)
            return await played_on(rig, scenario, ruleset)

    _keep_silent()
    try:
        async with open_rig() as rig, asyncio.TaskGroup() as group:
            tasks = [group.create_task(play(rig, scenario)) for scenario in scenarios]
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]


async def played_on(rig: LiveRig, scenario: Scenario, ruleset: Ruleset) -> Played:
    """One test, in shops of its own."""
    cast = replace(scenario, shops={name: shop_name() for name in scenario.shops})
    async with set_scene(rig, cast) as scene:
        try:
            return await LivePlay(cast, for_test(cast, ruleset), scene).played()
        except CannotRun as failure:
            raise CannotRun(f"{scenario.position}: {scenario.name}: {failure}") from None


def _keep_silent() -> None:
    """What the worker logs is what tests want to happen; a failure that matters shows in the
    result.
    """
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.getLogger("temporalio").addHandler(logging.NullHandler())
