"""Activities that answer from a script: what a journey does is watched, what the product decides is
not the matter.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from temporalio import activity
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

from activities.messages import CALL, DECIDE, EMIT, SEND_MESSAGE, Todo
from process.settings import Build
from workflows.names import workflow_of
from workflows.registry import VERSIONED, WORKFLOWS, runner
from workflows.worker import versioning

ENDED = Todo(ended=True)
IDLE = Todo()
Answer = Todo | Callable[[], Awaitable[Todo]] | Exception


class Script:
    """`decide` gives its answers one after the other, the last one for ever."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[datetime] = []
        self.started: list[str] = []
        self.replies: dict[str, list[str]] = {}
        self.gates: dict[str, asyncio.Event] = {}
        self.broken: set[str] = set()
        self.prompt: dict[str, datetime] = {}
        self.in_vain: dict[str, Exception] = {}

    @activity.defn(name=DECIDE)
    async def decide(self, journey: str, now: datetime) -> Todo:
        assert journey
        answer = self.answers[min(len(self.asked), len(self.answers) - 1)]
        self.asked.append(now)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Todo) else await answer()

    @activity.defn(name=SEND_MESSAGE)
    async def send_message(self, key: str, at: datetime | None = None) -> str:
        return await self._happen(key, at)

    @activity.defn(name=CALL)
    async def call(self, key: str) -> str:
        return await self._happen(key)

    @activity.defn(name=EMIT)
    async def emit(self, key: str, at: datetime | None = None) -> str:
        return await self._happen(key, at)

    async def _happen(self, key: str, at: datetime | None = None) -> str:
        self.started.append(key)
        if at:
            self.prompt[key] = at
            if key in self.in_vain:
                raise self.in_vain[key]
        if key in self.broken:
            raise ApplicationError("broken", non_retryable=True)
        if gate := self.gates.get(key):
            await gate.wait()
        replies = self.replies.get(key, [])
        return replies.pop(0) if replies else "sent"

    async def asked_times(self, times: int) -> None:
        await until(lambda: len(self.asked) == times)


class Stage:
    """One worker on a queue of its own, and journeys on it."""

    def __init__(self, client: Client, queue: str) -> None:
        self.client, self.queue = client, queue

    async def nudge(self, journey: str) -> WorkflowHandle[Any, Any]:
        await self.client.start_workflow(
            workflow_of(journey),
            journey,
            id=journey,
            task_queue=self.queue,
            start_signal="nudge",
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        )
        return self.client.get_workflow_handle(journey)


@asynccontextmanager
async def on_stage(
    client: Client, script: Script, queue: str, build: Build | None = None
) -> AsyncIterator[Stage]:
    acts: list[Callable[..., Any]] = [script.decide, script.send_message, script.call, script.emit]
    async with Worker(
        client,
        task_queue=queue,
        workflows=VERSIONED if build else WORKFLOWS,
        activities=acts,
        workflow_runner=runner(),
        deployment_config=versioning(build),
    ):
        yield Stage(client, queue)


async def until(holds: Callable[[], Any], within: float = 10) -> None:
    """Wait for something that other parts bring about; it may be asked with an await."""
    async with asyncio.timeout(within):
        while not await _answer(holds()):  # noqa: ASYNC110  # other processes tell nobody when they are done
            await asyncio.sleep(0.02)


async def _answer(found: Any) -> Any:
    return await found if isinstance(found, Awaitable) else found


async def has_ended(handle: WorkflowHandle[Any, Any]) -> bool:
    return (await handle.describe()).status == WorkflowExecutionStatus.COMPLETED


async def runs_of(client: Client, journey: str) -> list[WorkflowHandle[Any, Any]]:
    """From the latest back to the first that it continued."""
    runs = [client.get_workflow_handle(journey)]
    while True:
        history = await runs[-1].fetch_history()
        before = history.events[
            0
        ].workflow_execution_started_event_attributes.continued_execution_run_id
        if not before:
            return runs
        runs.append(client.get_workflow_handle(journey, run_id=before))


async def has(handle: WorkflowHandle[Any, Any], kind: str, times: int) -> bool:
    return (await kinds(handle)).count(kind) == times


async def kinds(handle: WorkflowHandle[Any, Any]) -> list[str]:
    """The events of the last run's history."""
    history = await handle.fetch_history()
    return [
        EventType.Name(event.event_type).removeprefix("EVENT_TYPE_") for event in history.events
    ]
