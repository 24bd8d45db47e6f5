"""A worker for journeys: how much it does at once, and how it ends."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.worker import Interceptor, PollerBehaviorAutoscaling, Worker, WorkerDeploymentConfig

from activities.failure_kinds import Discretion
from process.settings import Build
from workflows.names import TASK_QUEUE
from workflows.registry import VERSIONED, WORKFLOWS, runner

_LOCAL = 32  # decisions and first attempts at once; the latter leave places to the former
_EFFECTS = 32  # at once; a mail server seldom takes more
# kept in memory, 80 kB each; days pass between events, so that more would seldom be met again
_JOURNEYS = 1_000
_MOVES = (
    VersioningBehavior.AUTO_UPGRADE
)  # a loop must replay what an older one did, which tests/histories keeps true
_FORGOTTEN = timedelta(
    seconds=2
)  # after which the journeys of a worker that died go to any other one
_GRACE = timedelta(seconds=30)
_BEAT = timedelta(
    seconds=2
)  # or the SDK would hold a heartbeat back for eight of the ten seconds it may take


def journey_worker(
    client: Client,
    activities: Sequence[Callable[..., Any]],
    *,
    task_queue: str = TASK_QUEUE,
    interceptors: Sequence[Interceptor] = (),
    build: Build | None = None,
) -> Worker:
    """A worker that gives up no work it has begun before its grace is over.

    With a `build`, Temporal gives it work only while that is current, or while a customer's journey
    is pinned to it.
    """
    return Worker(
        client,
        task_queue=task_queue,
        workflows=VERSIONED if build else WORKFLOWS,
        activities=activities,
        workflow_runner=runner(),
        deployment_config=versioning(build),
        interceptors=[Discretion(), *interceptors],
        max_cached_workflows=_JOURNEYS,
        max_concurrent_local_activities=_LOCAL,
        max_concurrent_activities=_EFFECTS,
        workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
        activity_task_poller_behavior=PollerBehaviorAutoscaling(),
        graceful_shutdown_timeout=_GRACE,
        max_heartbeat_throttle_interval=_BEAT,
        default_heartbeat_throttle_interval=_BEAT,
        sticky_queue_schedule_to_start_timeout=_FORGOTTEN,
    )


def versioning(build: Build | None) -> WorkerDeploymentConfig | None:
    """Journeys go on with whatever build is current, unless their class says otherwise."""
    if build is None:
        return None
    version = WorkerDeploymentVersion(build.deployment, build.id)
    return WorkerDeploymentConfig(
        version, use_worker_versioning=True, default_versioning_behavior=_MOVES
    )
