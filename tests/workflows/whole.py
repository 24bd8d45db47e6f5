"""A shop with its worker and its relay: what happens between an event and a mail."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from temporalio.client import Client, WorkflowHandle
from temporalio.testing import TimeSkipper
from temporalio.worker import Worker

from activities.emit import EmitActivity
from activities.failure_kinds import Discretion
from tests.shop import FILES, Shop, a_shop
from tests.workflows.scripted import until
from tests.workflows.test_relay import running
from workflows.registry import WORKFLOWS, runner
from workflows.relay import Pace, Relay


@dataclass
class Whole:
    """Everything that runs between an event and a mail."""

    shop: Shop
    client: Client
    relay: Relay

    async def tell(self, kind: str, at: datetime | None = None, **things: Any) -> None:
        await self.shop.tell(kind, at, **things)
        self.relay.ring()

    async def settled(self, mails: int | None = None) -> None:
        """Until nothing is nudged or open, and so many mails have come."""
        await until(self.shop.store.overview.idle)
        if mails is not None:
            await until(lambda: len(self.shop.smtp.kept) >= mails)
            assert len(self.shop.smtp.kept) == mails

    def handle(self, order: str) -> WorkflowHandle[Any, Any]:
        return self.client.get_workflow_handle(f"order:main/{order}")

    async def pass_time(self, order: str, **length: float) -> bool:
        """For the journey of one order; False if it ended before."""
        return await TimeSkipper(self.client).fast_forward(self.handle(order), timedelta(**length))


@asynccontextmanager
async def a_whole_shop(
    database: str, client: Client, queue: str, files: Mapping[str, str] = FILES
) -> AsyncIterator[Whole]:
    async with a_shop(database, files) as shop:
        relay = Relay(
            shop.store.nudges, client, task_queue=queue, pace=Pace(look=timedelta(milliseconds=50))
        )
        acts: list[Callable[..., Any]] = [
            shop.decide_activity,
            shop.send_message,
            shop.call,
            EmitActivity(shop.store, relay.ring).emit,
        ]
        worker = Worker(
            client,
            task_queue=queue,
            workflows=WORKFLOWS,
            activities=acts,
            workflow_runner=runner(),
            interceptors=[Discretion()],
        )
        async with worker, running(relay):
            yield Whole(shop, client, relay)
