"""Which workflow a journey is, and where its tasks are found."""

from hashlib import sha256

TASK_QUEUE = "purna"
ORDER_JOURNEY = "OrderJourney"
CUSTOMER_JOURNEY = "CustomerJourney"
# Temporal on PostgreSQL keeps no longer ids.
MOST_BYTES = 255


def workflow_of(journey: str) -> str:
    """The workflow type of a journey id."""
    return ORDER_JOURNEY if journey.startswith("order:") else CUSTOMER_JOURNEY


def workflow_id(journey: str) -> str:
    """The workflow id of a journey id: the same, but where Temporal would not store one so long."""
    name = journey.encode()
    if len(name) <= MOST_BYTES:
        return journey
    kind = journey.partition(":")[0]
    return f"{kind}:{sha256(name).hexdigest()}"
