"""Builds of the worker on a real Temporal: which of them a journey goes on with."""

import asyncio
from functools import partial

from temporalio.client import Client

from activities.messages import Todo
from bench.chaos.means.rolling_deploy import drain, make_current
from process.settings import Build
from tests.workflows.scenes import (
    CUSTOMER,
    ORDER,
    at,
    customer_on_a_newer_build,
    goes_on_with,
    order_on_a_newer_build,
)
from tests.workflows.scripted import ENDED, IDLE, Script, has_ended, on_stage, runs_of, until


async def builds(client: Client, journey: str) -> list[set[str]]:
    """Of each run, from the first."""
    histories = [await run.fetch_history() for run in reversed(await runs_of(client, journey))]
    done = [
        [event.workflow_task_completed_event_attributes for event in history.events]
        for history in histories
    ]
    return [{one.deployment_version.build_id for one in run} - {""} for run in done]


async def test_an_orders_journey_goes_on_with_the_current_build_in_the_same_run(
    impatient: Client, number: int
) -> None:
    script = Script(IDLE)
    async with on_stage(impatient, script, f"builds-{number}") as stage:
        await order_on_a_newer_build(stage, script)
    assert await builds(impatient, ORDER) == [{"1", "2"}]


async def test_a_customers_journey_keeps_its_build_until_it_continues_as_new(
    impatient: Client, number: int
) -> None:
    script = Script(IDLE)
    async with on_stage(impatient, script, f"builds-{number}") as stage:
        await customer_on_a_newer_build(stage, script)
    assert await builds(impatient, CUSTOMER) == [{"1"}, {"2"}]


async def test_a_build_that_is_not_current_gets_no_work(impatient: Client, number: int) -> None:
    ours, theirs = Script(ENDED), Script(ENDED)
    queue = f"builds-{number}"
    async with (
        on_stage(impatient, ours, queue) as stage,
        on_stage(impatient, theirs, queue, Build(queue, "1")),
    ):
        handle = await stage.nudge(ORDER)
        await until(lambda: has_ended(handle))
    assert (len(ours.asked), len(theirs.asked)) == (1, 0)


async def test_workers_without_a_build_can_take_over_again(impatient: Client, number: int) -> None:
    queue = f"builds-{number}"
    old, script = Build(queue, "1"), Script(Todo(wake_at=at(days=3)))
    async with on_stage(impatient, script, queue) as stage:
        async with on_stage(impatient, script, queue, old):
            await make_current(impatient, old)
            for journey in (ORDER, CUSTOMER):
                await until(partial(goes_on_with, old, stage, journey))
            await make_current(impatient, Build(queue, ""))
            await drain(impatient, old)
        script.answers = [ENDED]
        for journey in (ORDER, CUSTOMER):
            handle = await stage.nudge(journey)
            await until(partial(has_ended, handle))
    assert await builds(impatient, CUSTOMER) == [{"1"}, set()]


async def test_a_build_that_has_no_journey_of_its_own_is_drained_at_once(
    impatient: Client, number: int
) -> None:
    async with asyncio.timeout(5):
        await drain(impatient, Build(f"builds-{number}", "1"))
