"""What Temporal alone can do: a workflow with one local activity and one activity for each event,
which do nothing.
"""

from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.common import RetryPolicy, WorkflowIDReusePolicy

QUEUE = "bare"
_LASTS = timedelta(seconds=30)
_DEAD_AFTER = timedelta(seconds=5)  # as the relay asks of Temporal


@activity.defn
async def look(_: str) -> None:
    """Where the product decides."""


@activity.defn
async def act(_: str) -> None:
    """Where the product sends."""


@workflow.defn
class Bare:
    """As many events as it is told of at its start."""

    def __init__(self) -> None:
        self._events: list[str] = []

    @workflow.signal
    def take(self, event: str) -> None:
        """One event."""
        self._events.append(event)

    @workflow.run
    async def run(self, events: int) -> None:
        """Look at each, act on each, end."""
        acting = []
        for _ in range(events):
            await workflow.wait_condition(lambda: bool(self._events))
            event = self._events.pop(0)
            await workflow.execute_local_activity(look, event, start_to_close_timeout=_LASTS)
            acting.append(
                workflow.start_activity(
                    act,
                    event,
                    start_to_close_timeout=_LASTS,
                    retry_policy=RetryPolicy(maximum_attempts=3),
                )
            )
        for one in acting:
            await one


async def send_event(client: Client, name: str, event: str, events: int) -> None:
    """Signal a workflow, which begins with the first signal."""
    await client.start_workflow(
        "Bare",
        events,
        id=name,
        task_queue=QUEUE,
        start_signal="take",
        start_signal_args=[event],
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        task_timeout=_DEAD_AFTER,
    )
