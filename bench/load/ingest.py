"""How many events a second become durable, where no rule listens to them: one a request, and in
batches.
"""

import asyncio
from collections.abc import Iterator
from itertools import islice

from bench.load.costs import Meter, percentiles
from bench.load.load_orders import UNHEARD, orders, request_body
from bench.load.measured_parts import MeasuredParts
from bench.load.sender import EventSender, a_sender

CONNECTIONS, BATCHES_AT_ONCE, BATCH = 16, 2, 100


async def singles(site: MeasuredParts, seconds: float) -> dict[str, float]:
    """One event a request, sixteen requests at once."""
    bodies = (request_body(order.event(UNHEARD)) for order in orders("S"))
    with a_sender(site.parts.url, site.parts.token, CONNECTIONS) as sender:
        return await _measured(site, sender, bodies, (CONNECTIONS, 1, seconds))


async def batches(site: MeasuredParts, seconds: float) -> dict[str, float]:
    """A hundred events a request, two requests at once."""
    every = orders("B")
    bodies = iter(
        lambda: request_body(*(order.event(UNHEARD) for order in islice(every, BATCH))), b""
    )
    with a_sender(site.parts.url, site.parts.token, BATCHES_AT_ONCE, batches=True) as sender:
        return await _measured(site, sender, bodies, (BATCHES_AT_ONCE, BATCH, seconds))


async def _measured(
    site: MeasuredParts,
    sender: EventSender,
    bodies: Iterator[bytes],
    shape: tuple[int, int, float],
) -> dict[str, float]:
    at_once, size, seconds = shape
    meter, ends_at = Meter(site.parts.children), asyncio.get_running_loop().time() + seconds

    async def posting() -> None:
        while asyncio.get_running_loop().time() < ends_at:
            await sender.post(next(bodies))

    await asyncio.gather(*(posting() for _ in range(at_once)))
    requests = len(sender.answered_after)
    return {
        "requests": requests,
        **meter.read(requests * size),
        **percentiles(sender.answered_after),
    }
