"""Every history ever recorded still replays.

Record what happens today with `pytest tests/workflows/test_replay.py --record-histories`.
Only add histories: an old one that no longer replays is a journey that breaks when the new code is deployed.
"""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client, WorkflowHandle, WorkflowHistory
from temporalio.exceptions import ApplicationError
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

from activities.messages import HELD, Todo
from tests.workflows.scripted import ENDED, IDLE, Script, Stage, has, has_ended, on_stage, until
from workflows.journey import Journey
from workflows.running import WORKFLOWS, runner

HISTORIES = Path(__file__).parent.parent / "histories"
KEY = "order:main/A1/confirmed/A1/confirmed"
Handle = WorkflowHandle[Any, Any]


def stored() -> list[Path]:
    return sorted(HISTORIES.glob("*.json"))


def recorded(name: str) -> WorkflowHistory:
    return WorkflowHistory.from_json("order:main/A1", (HISTORIES / f"{name}.json").read_text())


async def replay(history: WorkflowHistory) -> None:
    await Replayer(workflows=WORKFLOWS, workflow_runner=runner()).replay_workflow(history)


@pytest.mark.parametrize("name", [file.stem for file in stored()])
async def test_a_stored_history_replays(name: str) -> None:
    await replay(recorded(name))


def test_there_are_histories() -> None:
    assert len(stored()) >= len(SCENES)


async def test_a_loop_that_does_something_else_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Journey, "_carry_out", lambda *_: None)

    with pytest.raises(NondeterminismError):
        await replay(recorded("message"))


def at(**later: float) -> datetime:
    return datetime.now(UTC) + timedelta(**later)  # the server's clock is real here


def opens(**more: Any) -> Todo:
    return Todo(open={KEY: "send"}, **more)


async def message(stage: Stage, script: Script) -> Handle:
    script.answers = [opens(), ENDED]
    handle = await stage.nudge("order:main/A1")
    await until(lambda: has_ended(handle))
    return handle


async def timer_moved(stage: Stage, script: Script) -> Handle:
    script.answers = [Todo(wake_at=at(days=3)), Todo(wake_at=at(seconds=0.5)), opens(), ENDED]
    handle = await stage.nudge("order:main/A1")
    await script.asked_times(1)
    await stage.nudge("order:main/A1")
    await until(lambda: has_ended(handle))
    return handle


async def database_away(stage: Stage, script: Script) -> Handle:
    script.answers = [ApplicationError("decide: OperationalError"), opens(), ENDED]
    handle = await stage.nudge("order:main/A1")
    await until(lambda: has_ended(handle))
    return handle


async def held(stage: Stage, script: Script) -> Handle:
    script.answers = [opens(), Todo(wake_at=at(seconds=0.5)), opens(), ENDED]
    script.replies[KEY] = [HELD]
    handle = await stage.nudge("customer:main1")
    await until(lambda: has_ended(handle))
    return handle


async def failed_for_good(stage: Stage, script: Script) -> Handle:
    script.answers, script.broken = [opens(), IDLE], {KEY}
    handle = await stage.nudge("order:main/A1")
    await until(lambda: has(handle, "ACTIVITY_TASK_FAILED", 1))
    await stage.nudge("order:main/A1")
    await script.asked_times(2)
    await until(lambda: has(handle, "WORKFLOW_TASK_COMPLETED", 3))
    await handle.terminate()
    return handle


SCENES: list[Callable[[Stage, Script], Awaitable[Handle]]] = [
    message,
    timer_moved,
    database_away,
    held,
    failed_for_good,
]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
async def test_what_happens_today_replays(
    client: Client, number: int, scene: Callable[[Stage, Script], Awaitable[Handle]], pytestconfig: pytest.Config
) -> None:
    script = Script(IDLE)
    async with on_stage(client, script, f"replay-{number}") as stage:
        history = await (await scene(stage, script)).fetch_history()
    await replay(history)
    if pytestconfig.getoption("--record-histories", default=False):
        (HISTORIES / f"{scene.__name__}.json").write_text(impersonal(history.to_json()) + "\n")


def impersonal(told: str) -> str:
    """A history without the names and paths of the machine that made it."""

    def cleaned(node: Any) -> Any:
        if isinstance(node, list):
            return [cleaned(one) for one in node]
        if isinstance(node, dict):
            return {name: cleaned(one) for name, one in node.items() if name not in ("identity", "stackTrace")}
        return node

    return json.dumps(cleaned(json.loads(told)), indent=1, sort_keys=True)
