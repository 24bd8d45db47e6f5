"""Every way through the loop of a journey, each played once; later versions must replay what it
recorded.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import WorkflowExecutionStatus, WorkflowHandle
from temporalio.exceptions import ApplicationError

from activities.messages import HELD, LASTS, Todo
from bench.chaos.means.rolling_deploy import make_current
from process.settings import Build
from tests.workflows.conftest import LONG
from tests.workflows.scripted import ENDED, IDLE, Script, Stage, has, has_ended, on_stage, until

ORDER = "order:main/A1"
CUSTOMER = "customer:main1"
KEY = f"{ORDER}/confirmed/A1/confirmed"
CALLED, EMITTED, LATE = f"{KEY}-called", f"{KEY}-emitted", f"{KEY}-late"
Handle = WorkflowHandle[Any, Any]


def at(**later: float) -> datetime:
    return datetime.now(UTC) + timedelta(**later)  # the server's clock is real here


def opens(**more: Any) -> Todo:
    return Todo(open={KEY: "send"}, **more)


async def ends(handle: Handle) -> Handle:
    await until(lambda: has_ended(handle))
    return handle


async def message(stage: Stage, script: Script) -> Handle:
    script.answers = [opens(), ENDED]
    return await ends(await stage.nudge(ORDER))


async def tried_promptly(stage: Stage, script: Script) -> Handle:
    script.answers = [opens(promptly=True), ENDED]
    return await ends(await stage.nudge(ORDER))


async def tried_promptly_in_vain(stage: Stage, script: Script) -> Handle:
    """One attempt fails, another one takes too long, and a call is never tried so."""
    script.in_vain[KEY] = ApplicationError(
        "the provider did not take it", next_retry_delay=timedelta(seconds=0.1)
    )
    script.replies[LATE] = [LASTS]
    script.answers = [Todo(open={KEY: "send", LATE: "send", CALLED: "call"}, promptly=True), ENDED]
    return await ends(await stage.nudge(ORDER))


async def prompt_attempt_hangs(stage: Stage, script: Script) -> Handle:
    """It is left behind; its activity finds it done."""
    script.answers, script.gates[KEY] = [opens(promptly=True), ENDED], asyncio.Event()
    handle = await stage.nudge(ORDER)
    await until(lambda: len(script.started) == 2)
    script.gates[KEY].set()
    return await ends(handle)


async def decision_hangs(stage: Stage, script: Script) -> Handle:
    async def for_ever() -> Todo:
        await asyncio.Event().wait()
        return IDLE

    script.answers = [for_ever, ENDED]
    return await ends(await stage.nudge(ORDER))


async def several_effects(stage: Stage, script: Script) -> Handle:
    """Of every kind; one is in flight while it is found open again, beside a new one."""
    first = Todo(open={KEY: "send", CALLED: "call", EMITTED: "emit"})
    script.answers = [first, Todo(open={KEY: "send", LATE: "send"}), ENDED]
    script.gates[KEY] = asyncio.Event()
    handle = await stage.nudge(ORDER)
    await until(lambda: len(script.started) == 3)
    await stage.nudge(ORDER)
    await until(lambda: LATE in script.started)
    script.gates[KEY].set()
    return await ends(handle)


async def timer_moved(stage: Stage, script: Script) -> Handle:
    script.answers = [Todo(wake_at=at(days=3)), Todo(wake_at=at(seconds=0.5)), opens(), ENDED]
    handle = await stage.nudge(ORDER)
    await script.asked_times(1)
    await stage.nudge(ORDER)
    return await ends(handle)


async def late_already(stage: Stage, script: Script) -> Handle:
    script.answers = [Todo(wake_at=at(hours=-1)), opens(), ENDED]
    return await ends(await stage.nudge(ORDER))


async def called_off(stage: Stage, script: Script) -> Handle:
    """An order that is cancelled while it waits: its timer never rings."""
    script.answers = [Todo(wake_at=at(days=3)), opens(), ENDED]
    handle = await stage.nudge(ORDER)
    await script.asked_times(1)
    await stage.nudge(ORDER)
    await until(lambda: script.started)
    await stage.nudge(ORDER)
    return await ends(handle)


async def nudged_while_deciding(stage: Stage, script: Script) -> Handle:
    async def nudged_meanwhile() -> Todo:
        await stage.nudge(ORDER)
        return ENDED

    script.answers = [nudged_meanwhile, opens(), ENDED]
    return await ends(await stage.nudge(ORDER))


async def database_away(stage: Stage, script: Script) -> Handle:
    script.answers = [ApplicationError("decide: OperationalError"), opens(), ENDED]
    return await ends(await stage.nudge(ORDER))


async def held(stage: Stage, script: Script) -> Handle:
    script.answers = [opens(), Todo(wake_at=at(seconds=0.5)), opens(), ENDED]
    script.replies[KEY] = [HELD]
    return await ends(await stage.nudge(CUSTOMER))


async def failed_for_good(stage: Stage, script: Script) -> Handle:
    script.answers, script.broken = [opens(), IDLE], {KEY}
    handle = await stage.nudge(ORDER)
    await until(lambda: has(handle, "ACTIVITY_TASK_FAILED", 1))
    await stage.nudge(ORDER)
    await script.asked_times(2)
    await until(lambda: has(handle, "WORKFLOW_TASK_COMPLETED", 3))
    await handle.terminate()
    return handle


async def cancelled(stage: Stage, script: Script) -> Handle:
    """By a person at Temporal's own console, with a timer running and an effect in flight."""
    script.answers, script.gates[KEY] = [opens(wake_at=at(days=3))], asyncio.Event()
    handle = await stage.nudge(ORDER)
    await until(lambda: script.started)
    await handle.cancel()
    await until(lambda: _is_cancelled(handle))
    script.gates[KEY].set()
    return handle


async def _is_cancelled(handle: Handle) -> bool:
    return (await handle.describe()).status == WorkflowExecutionStatus.CANCELED


async def continued(stage: Stage, script: Script) -> Handle:
    """With a timer that is left behind, until the new run has sent and ended."""
    script.answers = [Todo(wake_at=at(days=3))]
    handle = await stage.nudge(ORDER)
    for turn in range(1, LONG // 4):
        await script.asked_times(turn)
        await stage.nudge(ORDER)
    await until(lambda: _is_continued(stage))
    await _finish(stage, script, ORDER)
    return handle


async def continued_after_the_last_effect(stage: Stage, script: Script) -> Handle:
    """A long journey starts nothing new, and goes on when what is in flight has ended."""
    script.answers, script.gates[KEY] = [opens()], asyncio.Event()
    handle = await stage.nudge(ORDER)
    for turn in range(1, LONG // 4):
        await script.asked_times(turn)
        await stage.nudge(ORDER)
    await script.asked_times(LONG // 4)
    script.answers = [
        *[IDLE] * len(script.asked),
        Todo(open={KEY: "send", LATE: "send"}),
        Todo(open={LATE: "send"}),
        ENDED,
    ]
    await stage.nudge(ORDER)
    await script.asked_times(LONG // 4 + 1)
    script.gates[KEY].set()
    await until(lambda: has_ended(stage.client.get_workflow_handle(ORDER)))
    assert script.started == [KEY, LATE]
    return handle


async def _is_continued(stage: Stage) -> bool:
    started = (await stage.client.get_workflow_handle(ORDER).fetch_history()).events[0]
    return bool(started.workflow_execution_started_event_attributes.continued_execution_run_id)


async def order_on_a_newer_build(stage: Stage, script: Script) -> Handle:
    """The same run, gone on with elsewhere."""
    return await _upgraded(stage, script, ORDER)


async def customer_on_a_newer_build(stage: Stage, script: Script) -> Handle:
    """Pinned until it continues as new."""
    return await _upgraded(stage, script, CUSTOMER)


async def _upgraded(stage: Stage, script: Script, journey: str) -> Handle:
    old, new = Build(stage.queue, "1"), Build(stage.queue, "2")
    script.answers = [Todo(wake_at=at(days=3))]
    async with (
        on_stage(stage.client, script, stage.queue, old),
        on_stage(stage.client, script, stage.queue, new),
    ):
        await make_current(stage.client, old)
        await until(lambda: goes_on_with(old, stage, journey))
        await make_current(stage.client, new)
        await until(lambda: goes_on_with(new, stage, journey))
        await _finish(stage, script, journey)
    return stage.client.get_workflow_handle(journey)


async def _finish(stage: Stage, script: Script, journey: str) -> None:
    """One message more; after it nobody asks while a timer runs."""
    script.answers = [*[IDLE] * len(script.asked), opens(), ENDED]
    await stage.nudge(journey)
    await until(lambda: script.started)
    await stage.nudge(journey)
    await until(lambda: has_ended(stage.client.get_workflow_handle(journey)))


async def goes_on_with(build: Build, stage: Stage, journey: str) -> bool:
    """Nudged, since a journey that sleeps has no part in a deploy; to be asked until it is so,
    since what is current reaches the queues of a busy Temporal late.
    """
    await stage.nudge(journey)
    await asyncio.sleep(0.2)
    seen = await stage.client.get_workflow_handle(journey).describe()
    return (
        seen.raw_description.workflow_execution_info.versioning_info.deployment_version.build_id
        == build.id
    )


SCENES: list[Callable[[Stage, Script], Awaitable[Handle]]] = [
    message,
    tried_promptly,
    tried_promptly_in_vain,
    prompt_attempt_hangs,
    decision_hangs,
    several_effects,
    timer_moved,
    late_already,
    called_off,
    nudged_while_deciding,
    database_away,
    held,
    failed_for_good,
    cancelled,
    continued,
    continued_after_the_last_effect,
    order_on_a_newer_build,
    customer_on_a_newer_build,
]
