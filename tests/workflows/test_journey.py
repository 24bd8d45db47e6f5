"""The loop on a real Temporal, with a scripted `decide`."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from temporalio import workflow
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.testing import TimeSkipper

from activities.messages import HELD, Todo
from tests.workflows.scripted import (
    ENDED,
    IDLE,
    Script,
    has,
    has_ended,
    kinds,
    on_stage,
    runs_of,
    until,
)
from workflows.journey import Journey

K = "order:shop/1/rule/1/template"


def opens(*keys: str, **more: object) -> Todo:
    return Todo(open=dict.fromkeys(keys, "send"), **more)  # type: ignore[arg-type]  # the rest of a Todo


def soon(**length: float) -> datetime:
    return datetime.now(UTC) + timedelta(**length)  # the server's clock is real here


async def test_what_is_open_is_carried_out_once(client: Client, number: int) -> None:
    script = Script(opens(K), IDLE)
    async with on_stage(client, script, f"loop-{number}") as stage:
        await stage.nudge(f"order:shop/{number}")
        await until(lambda: len(script.asked) == 2)
    assert script.started == [K]


async def test_what_is_in_flight_is_not_started_again(client: Client, number: int) -> None:
    script = Script(opens(K), opens(K), IDLE)
    script.gates[K] = asyncio.Event()
    async with on_stage(client, script, f"loop-{number}") as stage:
        await stage.nudge(f"order:shop/{number}")
        await until(lambda: script.started)
        await stage.nudge(f"order:shop/{number}")
        await until(lambda: len(script.asked) == 2)
        script.gates[K].set()
        await until(lambda: len(script.asked) == 3)
    assert script.started == [K]


async def test_every_kind_of_effect_has_its_activity(client: Client, number: int) -> None:
    script = Script(Todo(open={"a": "send", "b": "call", "c": "emit"}), IDLE)
    async with on_stage(client, script, f"loop-{number}") as stage:
        await stage.nudge(f"order:shop/{number}")
        await until(lambda: len(script.asked) == 2)
    assert sorted(script.started) == ["a", "b", "c"]


async def test_a_nudge_while_deciding_is_not_forgotten(client: Client, number: int) -> None:
    async def nudged_meanwhile() -> Todo:
        await stage.nudge(f"order:shop/{number}")
        return IDLE

    script = Script(nudged_meanwhile, opens(K), IDLE)
    async with on_stage(client, script, f"loop-{number}") as stage:
        await stage.nudge(f"order:shop/{number}")
        await until(lambda: script.started == [K])


async def test_a_nudge_while_deciding_keeps_an_ended_journey_open(
    client: Client, number: int
) -> None:
    async def ends_but_is_nudged() -> Todo:
        await stage.nudge(f"order:shop/{number}")
        return ENDED

    script = Script(ends_but_is_nudged, opens(K), ENDED)
    async with on_stage(client, script, f"loop-{number}") as stage:
        handle = await stage.nudge(f"order:shop/{number}")
        await until(lambda: has_ended(handle))
    assert script.started == [K]
    assert len(script.asked) == 3


async def test_what_is_held_is_asked_about_again(client: Client, number: int) -> None:
    script = Script(opens(K, wake_at=soon(days=1)), Todo(wake_at=soon(days=1)))
    script.replies[K] = [HELD]
    async with on_stage(client, script, f"loop-{number}") as stage:
        await stage.nudge(f"order:shop/{number}")
        await until(lambda: len(script.asked) == 2)


async def test_a_journey_that_goes_on_anyway_does_not_ask_after_its_effects(
    client: Client, number: int
) -> None:
    script = Script(opens(K, ends_with_these=False))
    async with on_stage(client, script, f"loop-{number}") as stage:
        await stage.nudge(f"order:shop/{number}")
        await until(lambda: script.started == [K])
        await asyncio.sleep(0.3)
    assert len(script.asked) == 1


async def test_what_was_sent_is_not_asked_about_while_a_timer_runs(
    client: Client, number: int
) -> None:
    script = Script(opens(K, wake_at=soon(days=1)))
    async with on_stage(client, script, f"loop-{number}") as stage:
        await stage.nudge(f"order:shop/{number}")
        await until(lambda: script.started == [K])
        await asyncio.sleep(0.3)
    assert len(script.asked) == 1


async def test_a_journey_wakes_when_it_is_due(client: Client, number: int) -> None:
    due = soon(seconds=0.7)
    script = Script(Todo(wake_at=due), ENDED)
    async with on_stage(client, script, f"loop-{number}") as stage:
        handle = await stage.nudge(f"order:shop/{number}")
        await until(lambda: has_ended(handle))
    assert due <= script.asked[1] < due + timedelta(seconds=1)


async def test_an_earlier_deadline_moves_the_one_timer(client: Client, number: int) -> None:
    script = Script(Todo(wake_at=soon(days=3)), Todo(wake_at=soon(seconds=1)), ENDED)
    async with on_stage(client, script, f"loop-{number}") as stage:
        handle = await stage.nudge(f"order:shop/{number}")
        await until(lambda: len(script.asked) == 1)
        await stage.nudge(f"order:shop/{number}")
        await until(lambda: has_ended(handle))
    happened = await kinds(handle)
    assert (happened.count("TIMER_STARTED"), happened.count("TIMER_CANCELED")) == (2, 1)


async def test_a_later_deadline_leaves_the_timer_alone(client: Client, number: int) -> None:
    script = Script(Todo(wake_at=soon(seconds=1)), Todo(wake_at=soon(days=3)), ENDED)
    async with on_stage(client, script, f"loop-{number}") as stage:
        handle = await stage.nudge(f"order:shop/{number}")
        await until(lambda: len(script.asked) == 1)
        await stage.nudge(f"order:shop/{number}")
        await until(lambda: has_ended(handle))
    assert (await kinds(handle)).count("TIMER_STARTED") == 1


async def test_a_moment_already_past_does_not_spin(client: Client, number: int) -> None:
    script = Script(Todo(wake_at=soon(hours=-1)))
    async with on_stage(client, script, f"loop-{number}") as stage:
        await stage.nudge(f"order:shop/{number}")
        await asyncio.sleep(1.6)
    assert len(script.asked) == 2


async def test_while_the_database_is_away_a_journey_asks_again(client: Client, number: int) -> None:
    script = Script(ApplicationError("away"), ConnectionError("away"), opens(K), IDLE)
    async with on_stage(client, script, f"loop-{number}") as stage:
        await stage.nudge(f"order:shop/{number}")
        await until(lambda: script.started == [K])
    first, second, third = script.asked[:3]
    assert timedelta(seconds=0.9) < second - first < timedelta(seconds=2)
    assert timedelta(seconds=1.9) < third - second < timedelta(seconds=3)


async def test_an_effect_that_fails_for_good_leaves_the_journey_running(
    client: Client, number: int
) -> None:
    script = Script(opens(K, f"{K}-2", wake_at=soon(days=1)), ENDED)
    script.broken = {K, f"{K}-2"}
    async with on_stage(client, script, f"loop-{number}") as stage:
        handle = await stage.nudge(f"order:shop/{number}")
        await until(lambda: has(handle, "ACTIVITY_TASK_FAILED", 2))
        assert len(script.asked) == 1
        await stage.nudge(f"order:shop/{number}")
        await until(lambda: has_ended(handle))


async def test_a_customers_journey_ends_after_its_last_message(client: Client, number: int) -> None:
    script = Script(opens(K), ENDED)
    async with on_stage(client, script, f"loop-{number}") as stage:
        handle = await stage.nudge(f"customer:{number}")
        await until(lambda: has_ended(handle))
    assert script.started == [K]


async def test_an_ended_journey_is_reopened_by_a_nudge(client: Client, number: int) -> None:
    script = Script(ENDED, opens(K), ENDED)
    async with on_stage(client, script, f"loop-{number}") as stage:
        handle = await stage.nudge(f"order:shop/{number}")
        await until(lambda: has_ended(handle))
        await stage.nudge(f"order:shop/{number}")
        await until(lambda: len(script.asked) == 3)
    assert script.started == [K]


def _is_long_already(_: Journey) -> bool:
    return workflow.info().get_current_history_length() > 12


async def test_a_long_history_is_continued_when_nothing_is_in_flight(
    client: Client, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Journey, "is_long", _is_long_already)
    script = Script(IDLE, IDLE, IDLE, IDLE, opens(K), ENDED)
    async with on_stage(client, script, f"loop-{number}") as stage:
        handle = await stage.nudge(f"order:shop/{number}")
        for asked in range(1, 5):
            await script.asked_times(asked)
            await stage.nudge(f"order:shop/{number}")
        await until(lambda: has_ended(handle))
    history = await handle.fetch_history()
    assert history.events[0].workflow_execution_started_event_attributes.continued_execution_run_id
    assert script.started == [K]


async def test_a_long_history_starts_nothing_and_waits_for_what_is_in_flight(
    client: Client, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Journey, "is_long", _is_long_already)
    late = f"{K}-late"
    script = Script(opens(K), opens(K), opens(K, late), opens(K, late), opens(late), ENDED)
    script.gates[K] = asyncio.Event()
    async with on_stage(client, script, f"loop-{number}") as stage:
        handle = await stage.nudge(f"order:shop/{number}")
        for asked in range(1, 4):
            await script.asked_times(asked)
            await stage.nudge(f"order:shop/{number}")
        await until(lambda: len(script.asked) == 4)
        assert script.started == [K]
        script.gates[K].set()
        await until(lambda: has_ended(handle))
    assert script.started == [K, late]


async def test_a_long_history_with_an_effect_that_hangs_begins_new_ones_all_the_same(
    client: Client, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Journey, "is_long", _is_long_already)
    late = f"{K}-late"
    script = Script(opens(K), opens(K), opens(K, late))
    script.gates[K] = asyncio.Event()
    async with on_stage(client, script, f"loop-{number}") as stage:
        handle = await stage.nudge(f"order:shop/{number}")
        for asked in range(1, 4):
            await script.asked_times(asked)
            await stage.nudge(f"order:shop/{number}")
        await until(lambda: late in script.started, within=20)
        assert sorted(script.started) == [K, K, late]
        assert len(await runs_of(client, f"order:shop/{number}")) == 2
        script.answers = [ENDED]
        script.gates[K].set()
        await until(lambda: has_ended(handle))


async def test_time_can_be_skipped_for_a_journey_started_as_any_other(
    client: Client, number: int
) -> None:
    script = Script(Todo(wake_at=soon(days=10)), ENDED)
    async with on_stage(client, script, f"loop-{number}") as stage:
        handle = await stage.nudge(f"order:shop/{number}")
        await until(lambda: len(script.asked) == 1)
        await TimeSkipper(client).fast_forward(handle, timedelta(days=11))
        await until(lambda: has_ended(handle))
    assert script.asked[1] - script.asked[0] >= timedelta(days=9)
