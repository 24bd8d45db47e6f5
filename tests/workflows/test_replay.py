"""Every history that a version ever recorded still replays.

Record what happens today, for the version of pyproject.toml, with `pytest
tests/workflows/test_replay.py --record-histories`. The folders of released versions never change: a
history that no longer replays is a journey that breaks when the new code is deployed.
"""

import base64
import json
import re
import tomllib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client, WorkflowHistory
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

from tests.workflows.scenes import SCENES, Handle
from tests.workflows.scripted import IDLE, Script, Stage, on_stage, runs_of
from workflows.journey import Journey
from workflows.registry import WORKFLOWS, runner

HISTORIES = Path(__file__).parent.parent / "histories"
VERSION = ".".join(
    tomllib.loads((HISTORIES.parents[1] / "pyproject.toml").read_text())["project"][
        "version"
    ].split(".")[:2]
)
STORED = sorted(str(file.relative_to(HISTORIES)) for file in HISTORIES.glob("*/*.json"))
_QUEUE_OF_ONE_WORKER = re.compile(
    r"^\d+@.+-(?=[0-9a-f]{32}$)"
)  # process and host stand before its number


def recorded(name: str) -> WorkflowHistory:
    return WorkflowHistory.from_json("order:main/A1", (HISTORIES / name).read_text())


async def replay(history: WorkflowHistory) -> None:
    await Replayer(workflows=WORKFLOWS, workflow_runner=runner()).replay_workflow(history)


@pytest.mark.parametrize("name", STORED)
async def test_a_stored_history_replays(name: str) -> None:
    await replay(recorded(name))


@pytest.mark.parametrize("name", STORED)
def test_a_stored_history_tells_nothing_of_the_machine_that_made_it(name: str) -> None:
    told = (HISTORIES / name).read_text()
    payloads = [base64.b64decode(data).decode() for data in re.findall(r'"data": "([^"]*)"', told)]

    assert "identity" not in told
    assert not [text for text in (told, *payloads) if re.search(r'\d@\w|[" ]/\w', text)]


def test_this_version_has_a_history_of_every_scene() -> None:
    names = {Path(name).stem.partition("-")[0] for name in STORED if name.startswith(f"{VERSION}/")}

    assert names == {scene.__name__ for scene in SCENES}


async def test_a_loop_that_does_something_else_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Journey, "is_long", lambda _: True)

    with pytest.raises(NondeterminismError):
        await replay(recorded("0.1/message.json"))


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
async def test_what_happens_today_replays(
    impatient: Client,
    number: int,
    scene: Callable[[Stage, Script], Awaitable[Handle]],
    pytestconfig: pytest.Config,
) -> None:
    script = Script(IDLE)
    async with on_stage(impatient, script, f"replay-{number}") as stage:
        handle = await scene(stage, script)
        runs = [await run.fetch_history() for run in reversed(await runs_of(impatient, handle.id))]
    for run in runs:
        await replay(run)
    if pytestconfig.getoption("--record-histories", default=False):
        keep(scene.__name__, runs)


def keep(scene: str, runs: list[WorkflowHistory]) -> None:
    """In the folder of this version; of a journey that continued, each run by its number."""
    folder = HISTORIES / VERSION
    folder.mkdir(exist_ok=True)
    for number, run in enumerate(runs, 1):
        name = scene if len(runs) == 1 else f"{scene}-{number}"
        (folder / f"{name}.json").write_text(impersonal(run.to_json()) + "\n")


def impersonal(told: str) -> str:
    """A history without the names and paths of the machine that made it."""

    def cleaned(node: Any) -> Any:
        if isinstance(node, list):
            return [cleaned(one) for one in node]
        if isinstance(node, dict):
            return {
                name: cleaned(one)
                for name, one in node.items()
                if name not in ("identity", "stackTrace")
            }
        return _QUEUE_OF_ONE_WORKER.sub("worker-", node) if isinstance(node, str) else node

    return json.dumps(cleaned(json.loads(told)), indent=1, sort_keys=True)
