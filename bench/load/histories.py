"""How much Temporal writes down: history events of one order, and actions in the sense of Temporal
Cloud's bill.
"""

from collections import Counter
from itertools import pairwise

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

# A start, a signal, a timer, an activity's schedule: one action each, says Temporal's page of
# what is billed: docs.temporal.io/cloud/actions
_BILLED = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
    EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
    EventType.EVENT_TYPE_TIMER_STARTED,
}


async def history_of(client: Client, workflow: str) -> dict[str, int]:
    """Events of the last run's history; its actions, where all local activities of one workflow
    task count once.
    """
    history = await client.get_workflow_handle(workflow).fetch_history()
    kinds = [event.event_type for event in history.events]
    counted = Counter(kinds)
    marker = EventType.EVENT_TYPE_MARKER_RECORDED
    local = sum(now == marker != before for before, now in pairwise(kinds))
    return {"history_events": len(kinds), "actions": sum(counted[kind] for kind in _BILLED) + local}
