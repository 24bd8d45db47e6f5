"""The journey of one order."""

from temporalio import workflow

from workflows.journey import Journey
from workflows.names import ORDER_JOURNEY


@workflow.defn(name=ORDER_JOURNEY)
class OrderJourney(Journey):
    """From the first event of an order until thirty days after it is final."""

    @workflow.run
    async def run(self, journey_id: str) -> None:
        """Live through it."""
        await self.live(journey_id)
