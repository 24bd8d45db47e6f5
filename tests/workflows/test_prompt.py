"""First attempts inside the workflow task, on a real Temporal with a scripted `decide`."""

import asyncio
from datetime import UTC, datetime, timedelta

from temporalio.client import Client
from temporalio.exceptions import ApplicationError

from activities.messages import HELD, LASTS, Todo
from tests.workflows.scripted import ENDED, IDLE, Script, has_ended, kinds, on_stage, until

K = "order:shop/1/rule/1/template"


def promptly(*keys: str, kind: str = "send") -> Todo:
    return Todo(open=dict.fromkeys(keys, kind), promptly=True)


async def scheduled(client: Client, script: Script, number: int) -> int:
    """Play it to its end; how many activities Temporal had to schedule."""
    async with on_stage(client, script, f"prompt-{number}") as stage:
        handle = await stage.nudge(f"order:shop/{number}")
        await until(lambda: has_ended(handle))
    return (await kinds(handle)).count("ACTIVITY_TASK_SCHEDULED")


async def test_a_prompt_attempt_needs_no_task_of_its_own(client: Client, number: int) -> None:
    script = Script(promptly(K, "other"), ENDED)
    assert await scheduled(client, script, number) == 0
    assert sorted(script.started) == sorted([K, "other"])


async def test_a_prompt_attempt_is_told_the_journeys_now(client: Client, number: int) -> None:
    script = Script(promptly(K), ENDED)
    await scheduled(client, script, number)
    assert timedelta(0) <= script.prompt[K] - script.asked[0] < timedelta(seconds=5)


async def test_what_fails_promptly_is_tried_again_after_the_pause_it_asks_for(client: Client, number: int) -> None:
    script, before = Script(promptly(K), ENDED), datetime.now(UTC)
    script.in_vain[K] = ApplicationError("greylisted", next_retry_delay=timedelta(seconds=1.5))
    assert await scheduled(client, script, number) == 1
    assert script.started == [K, K]
    assert datetime.now(UTC) - before > timedelta(seconds=1.5)


async def test_what_fails_promptly_without_a_word_is_tried_again(client: Client, number: int) -> None:
    script = Script(promptly(K), ENDED)
    script.in_vain[K] = ValueError("a bug")
    assert await scheduled(client, script, number) == 1


async def test_what_takes_long_goes_on_as_an_activity_at_once(client: Client, number: int) -> None:
    script = Script(promptly(K), ENDED)
    script.replies[K] = [LASTS, "sent"]
    assert await scheduled(client, script, number) == 1


async def test_a_prompt_attempt_that_hangs_is_left_behind(client: Client, number: int) -> None:
    script = Script(promptly(K), ENDED)
    script.gates[K] = asyncio.Event()
    async with on_stage(client, script, f"prompt-{number}") as stage:
        handle = await stage.nudge(f"order:shop/{number}")
        await until(lambda: len(script.started) == 2)
        script.gates[K].set()
        await until(lambda: has_ended(handle))


async def test_a_call_is_never_tried_promptly(client: Client, number: int) -> None:
    script = Script(promptly(K, kind="call"), ENDED)
    assert await scheduled(client, script, number) == 1
    assert not script.prompt


async def test_what_is_held_promptly_is_asked_about_again(client: Client, number: int) -> None:
    script = Script(promptly(K), IDLE)
    script.replies[K] = [HELD]
    async with on_stage(client, script, f"prompt-{number}") as stage:
        await stage.nudge(f"order:shop/{number}")
        await until(lambda: len(script.asked) == 2)


async def test_a_nudge_during_a_prompt_attempt_is_not_forgotten(client: Client, number: int) -> None:
    script = Script(promptly(K), promptly("other"), ENDED)
    script.gates[K] = asyncio.Event()
    async with on_stage(client, script, f"prompt-{number}") as stage:
        handle = await stage.nudge(f"order:shop/{number}")
        await until(lambda: script.started)
        await stage.nudge(f"order:shop/{number}")
        script.gates[K].set()
        await until(lambda: has_ended(handle))
    assert script.started == [K, "other"]
