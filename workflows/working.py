"""A worker for journeys: how much it does at once, and how it ends."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from temporalio.client import Client
from temporalio.worker import Interceptor, PollerBehaviorAutoscaling, Worker

from activities.discretion import Discretion
from workflows.naming import TASK_QUEUE
from workflows.sandbox import WORKFLOWS, sandbox

_DECISIONS = 12  # at once; fewer than sessions, so that none waits for one with its five seconds running
_EFFECTS = 32  # at once; a mail server seldom takes more
_JOURNEYS = 1_000  # kept in memory, 80 kB each; days pass between events, so that more would seldom be met again
_FORGOTTEN = timedelta(seconds=2)  # after which the journeys of a worker that died go to any other one
_GRACE = timedelta(seconds=30)
_BEAT = timedelta(seconds=2)  # or the SDK would hold a heartbeat back for eight of the ten seconds it may take


def journey_worker(
    client: Client,
    activities: Sequence[Callable[..., Any]],
    *,
    task_queue: str = TASK_QUEUE,
    interceptors: Sequence[Interceptor] = (),
) -> Worker:
    """A worker that gives up no work it has begun before its grace is over."""
    return Worker(
        client,
        task_queue=task_queue,
        workflows=WORKFLOWS,
        activities=activities,
        workflow_runner=sandbox(),
        interceptors=[Discretion(), *interceptors],
        max_cached_workflows=_JOURNEYS,
        max_concurrent_local_activities=_DECISIONS,
        max_concurrent_activities=_EFFECTS,
        workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
        activity_task_poller_behavior=PollerBehaviorAutoscaling(),
        graceful_shutdown_timeout=_GRACE,
        max_heartbeat_throttle_interval=_BEAT,
        default_heartbeat_throttle_interval=_BEAT,
        sticky_queue_schedule_to_start_timeout=_FORGOTTEN,
    )
