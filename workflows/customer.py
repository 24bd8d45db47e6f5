"""The journey of one customer."""

from temporalio import workflow

from workflows.journey import Journey
from workflows.naming import CUSTOMER_JOURNEY


@workflow.defn(name=CUSTOMER_JOURNEY)
class CustomerJourney(Journey):
    """While something about a customer waits or is open."""

    @workflow.run
    async def run(self, journey_id: str) -> None:
        """Live through it."""
        await self.live(journey_id)
