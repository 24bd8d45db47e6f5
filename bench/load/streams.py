"""The same stream of events through the bare workflow and through the product: how many a second,
at what cost.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from bench.load import bare
from bench.load.costs import Meter
from bench.load.load_orders import SPOKEN, LoadOrder, orders, request_body
from bench.load.measured_parts import MeasuredParts

SendEvent = Callable[[LoadOrder, str], Awaitable[None]]
_SIGNALS = 64  # at once, as the relay has them


@dataclass(frozen=True, slots=True)
class Stream:
    """So many orders; the events of each are so many seconds apart, 0 for as fast as they are
    taken.
    """

    orders: int
    apart: float

    @property
    def events(self) -> int:
        """In all."""
        return self.orders * len(SPOKEN)

    async def play(self, some: list[LoadOrder], send: SendEvent) -> None:
        """Send everything; orders begin evenly over the time between two events."""
        if not self.apart:
            for kind in SPOKEN:
                await asyncio.gather(*(send(order, kind) for order in some))
            return
        async with asyncio.TaskGroup() as group:
            for place, order in enumerate(some):
                group.create_task(self._live(order, send, place / self.orders))

    async def _live(self, order: LoadOrder, send: SendEvent, share: float) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time() + share * self.apart
        for number, kind in enumerate(SPOKEN):
            await asyncio.sleep(began + number * self.apart - loop.time())
            await send(order, kind)


async def through_bare(site: MeasuredParts, stream: Stream, name: str) -> dict[str, float]:
    """Until every workflow has ended."""
    some, client = _some(stream, name), site.clients.temporal
    slots = asyncio.Semaphore(_SIGNALS)

    async def send(order: LoadOrder, kind: str) -> None:
        async with slots:
            await bare.send_event(client, f"bare:{order.number}", kind, len(SPOKEN))

    meter = Meter(site.parts.children)
    await stream.play(some, send)
    await asyncio.gather(
        *(client.get_workflow_handle(f"bare:{order.number}").result() for order in some)
    )
    return meter.read(stream.events)


async def through_product(site: MeasuredParts, stream: Stream, name: str) -> dict[str, float]:
    """Until every message has arrived and every effect is settled."""
    some, receiver = _some(stream, name), site.receiver

    async def send(order: LoadOrder, kind: str) -> None:
        await site.sender.post(request_body(order.event(kind)))

    expected = len(receiver.arrived) + stream.events
    meter = Meter(site.parts.children)
    await stream.play(some, send)
    await receiver.until(expected)
    await site.idle()
    return meter.read(stream.events)


def _some(stream: Stream, name: str) -> list[LoadOrder]:
    return list(_taken(orders(name), stream.orders))


def _taken(every: Iterator[LoadOrder], number: int) -> Iterator[LoadOrder]:
    return islice(every, number)
