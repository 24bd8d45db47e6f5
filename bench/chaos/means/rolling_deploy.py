"""A rolling deploy: one build of the worker takes over from another under load, and what journeys
recorded of it.
"""

import asyncio
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from temporalio.api.enums.v1 import WorkflowTaskFailedCause
from temporalio.api.workflowservice.v1 import SetWorkerDeploymentCurrentVersionRequest
from temporalio.client import Client, WorkflowHistory
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Replayer

from process.settings import Build
from workflows.registry import WORKFLOWS, runner

OLD, NEW = "1", "2"  # ids of the builds
_PATIENCE = 60  # seconds
_LOOK = 0.2
_LOOKS = 4  # in a row without a pinned journey: lists of runs and routes of tasks lag behind
_ALONE = 2  # seconds of load before the new build comes
_FORGIVEN = {
    RPCStatusCode.NOT_FOUND,
    RPCStatusCode.FAILED_PRECONDITION,
}  # nobody has polled as this build yet
_NON_DETERMINISM = WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR
StartWorker = Callable[[Build], AbstractAsyncContextManager[Process]]


@asynccontextmanager
async def rolled(
    client: Client, deployment: str, worker: StartWorker, load: Coroutine[Any, Any, None]
) -> AsyncIterator[None]:
    """A worker of the old build gives way to one of the new while `load` goes on; the block begins
    after the load.
    """
    old, new = Build(deployment, OLD), Build(deployment, NEW)
    async with worker(old) as first:
        await make_current(client, old)
        loading = asyncio.create_task(load)
        try:
            await asyncio.sleep(_ALONE)
            async with worker(new):
                await make_current(client, new)
                await drain(client, old)
                first.terminate()
                await first.wait()
                await loading
                yield
        finally:
            loading.cancel()


async def make_current(client: Client, build: Build) -> None:
    """Journeys begin and go on with this build, once a worker of it is there; an empty id means
    those without one.
    """
    request = SetWorkerDeploymentCurrentVersionRequest(
        namespace=client.namespace,
        deployment_name=build.deployment,
        build_id=build.id,
        ignore_missing_task_queues=True,
    )
    async with asyncio.timeout(_PATIENCE):
        while True:
            try:
                await client.workflow_service.set_worker_deployment_current_version(request)
            except RPCError as refused:
                if refused.status not in _FORGIVEN:
                    raise
            else:
                return
            await asyncio.sleep(_LOOK)


async def drain(client: Client, build: Build) -> None:
    """Nudge the journeys that are pinned to a build, until each has moved to the current one or has
    ended.
    """
    pinned = (
        f"TemporalWorkerDeploymentVersion = '{build.deployment}:{build.id}'"
        " and TemporalWorkflowVersioningBehavior = 'Pinned' and ExecutionStatus = 'Running'"
    )
    async with asyncio.timeout(_PATIENCE):
        empty = 0
        while empty < _LOOKS:
            found = [run.id async for run in client.list_workflows(pinned)]
            await asyncio.gather(*(_nudge(client, journey) for journey in found))
            empty = 0 if found else empty + 1
            await asyncio.sleep(_LOOK)


async def _nudge(client: Client, journey: str) -> None:
    try:
        await client.get_workflow_handle(journey).signal("nudge")
    except RPCError as gone:
        if gone.status is not RPCStatusCode.NOT_FOUND:
            raise


@dataclass(frozen=True, slots=True)
class RecordedVersions:
    """`runs`: how many there were; `broken`: those that met non-determinism; `builds`: those that
    did any of it.
    """

    runs: int
    broken: list[str]
    builds: frozenset[str]


async def recorded(client: Client, which: str) -> RecordedVersions:
    """Read and replay the history of every run of a list filter."""
    runs, broken, builds = 0, [], set()
    async for run in client.list_workflows(which):
        history = await client.get_workflow_handle(run.id, run_id=run.run_id).fetch_history()
        runs += 1
        builds |= {
            event.workflow_task_completed_event_attributes.deployment_version.build_id
            for event in history.events
        }
        if _failed(history) or not await _replays(history):
            broken.append(f"{run.id} {run.run_id}")
    return RecordedVersions(runs, broken, frozenset(builds - {""}))


def _failed(history: WorkflowHistory) -> bool:
    return any(
        event.workflow_task_failed_event_attributes.cause == _NON_DETERMINISM
        for event in history.events
    )


async def _replays(history: WorkflowHistory) -> bool:
    if not any(
        event.HasField("workflow_task_completed_event_attributes") for event in history.events
    ):
        return True  # nobody has done anything yet, and a replayer would wait for it
    replayer = Replayer(workflows=WORKFLOWS, workflow_runner=runner())
    return (
        await replayer.replay_workflow(history, raise_on_replay_failure=False)
    ).replay_failure is None
