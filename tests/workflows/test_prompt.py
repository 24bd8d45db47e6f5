"""First attempts inside the workflow task, on a real Temporal with a scripted `decide`."""

import asyncio
from datetime import UTC, datetime, timedelta

from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import ApplicationError

from activities.messages import DECIDE, HELD, LASTS, SEND_MESSAGE, Todo
from activities.prompt_slots import PromptSlots
from tests.workflows.scripted import ENDED, IDLE, Script, Stage, has_ended, kinds, on_stage, until
from workflows.worker import journey_worker

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


async def test_what_fails_promptly_is_tried_again_after_the_pause_it_asks_for(
    client: Client, number: int
) -> None:
    script, before = Script(promptly(K), ENDED), datetime.now(UTC)
    script.in_vain[K] = ApplicationError("greylisted", next_retry_delay=timedelta(seconds=1.5))
    assert await scheduled(client, script, number) == 1
    assert script.started == [K, K]
    assert datetime.now(UTC) - before > timedelta(seconds=1.5)


async def test_what_fails_promptly_without_a_word_is_tried_again(
    client: Client, number: int
) -> None:
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


class HangingShop:
    """Decides at once, and hands its messages to a mail server that hangs."""

    def __init__(self) -> None:
        self.slots, self.asked = PromptSlots([]), set[str]()

    @activity.defn(name=DECIDE)
    async def decide(self, journey: str, _: datetime) -> Todo:
        is_new = journey not in self.asked
        self.asked.add(journey)
        return (
            Todo(open={f"{journey}/k": "send"}, promptly=self.slots.admits(1)) if is_new else ENDED
        )

    @activity.defn(name=SEND_MESSAGE)
    async def send_message(self, _: str, at: datetime | None = None) -> str:
        with self.slots.taken() as has_place:
            if not has_place:
                return LASTS
            await asyncio.sleep(60 if at else 0)
        return "sent"


async def test_a_decision_does_not_wait_for_prompt_attempts_that_hang(
    client: Client, number: int
) -> None:
    shop, queue = HangingShop(), f"prompt-{number}"
    async with journey_worker(client, [shop.decide, shop.send_message], task_queue=queue):
        stage = Stage(client, queue)
        await asyncio.gather(*(stage.nudge(f"order:shop/{number}-{place}") for place in range(60)))
        await until(lambda: len(shop.asked) == 60)
        await stage.nudge(f"order:shop/{number}-late")
        await until(
            lambda: len(shop.asked) == 61, within=2.5
        )  # less than the three seconds of those that hang


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


async def test_a_nudge_during_a_prompt_attempt_is_not_forgotten(
    client: Client, number: int
) -> None:
    script = Script(promptly(K), promptly("other"), ENDED)
    script.gates[K] = asyncio.Event()
    async with on_stage(client, script, f"prompt-{number}") as stage:
        handle = await stage.nudge(f"order:shop/{number}")
        await until(lambda: script.started)
        await stage.nudge(f"order:shop/{number}")
        script.gates[K].set()
        await until(lambda: has_ended(handle))
    assert script.started == [K, "other"]
