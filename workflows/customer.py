"""The journey of one customer."""

from temporalio import workflow
from temporalio.common import VersioningBehavior

from workflows.journey import Journey
from workflows.names import CUSTOMER_JOURNEY


@workflow.defn(name=CUSTOMER_JOURNEY)
class CustomerJourney(Journey):
    """While something about a customer waits or is open."""

    @workflow.run
    async def run(self, journey_id: str) -> None:
        """Live through it."""
        await self.live(journey_id)


@workflow.defn(name=CUSTOMER_JOURNEY, versioning_behavior=VersioningBehavior.PINNED)
class PinnedCustomerJourney(Journey):
    """The same on a worker that names its build, which it keeps until it continues as new.

    A class of its own, since Temporal refuses what a worker without a build says of versions.
    """

    @workflow.run
    async def run(self, journey_id: str) -> None:
        """Live through it."""
        await self.live(journey_id)
