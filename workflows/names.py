"""Which workflow a journey is, and where its tasks are found."""

TASK_QUEUE = "purna"
ORDER_JOURNEY = "OrderJourney"
CUSTOMER_JOURNEY = "CustomerJourney"


def workflow_of(journey: str) -> str:
    """The workflow type of a journey id, which is also its workflow id."""
    return ORDER_JOURNEY if journey.startswith("order:") else CUSTOMER_JOURNEY
