"""The worker of the bare workflow, with the product's limits and event loop: `python -m
bench.load.bare_worker`.

Where Temporal is, the environment says; a signal ends it.
"""

from datetime import timedelta

import uvloop
from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from temporalio.worker import PollerBehaviorAutoscaling, UnsandboxedWorkflowRunner, Worker

from bench.load.bare import QUEUE, Bare, act, look


async def main() -> None:
    """Work until the process is ended."""
    client = await Client.connect(**ClientConfig.load_client_connect_config())
    worker = Worker(
        client,
        task_queue=QUEUE,
        workflows=[Bare],
        activities=[look, act],
        workflow_runner=UnsandboxedWorkflowRunner(),
        max_cached_workflows=1_000,
        max_concurrent_local_activities=32,
        max_concurrent_activities=32,
        workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
        activity_task_poller_behavior=PollerBehaviorAutoscaling(),
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=2),
    )
    await worker.run()


if __name__ == "__main__":
    uvloop.run(main())
