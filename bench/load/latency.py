"""How long a message takes from the first byte of its event to its arrival, while there is little
else to do.
"""

import asyncio
from itertools import islice
from time import perf_counter

from bench.load.costs import percentiles
from bench.load.load_orders import SPOKEN, orders, request_body
from bench.load.measured_parts import MeasuredParts

_PER_SECOND = 5


async def latency(site: MeasuredParts, messages: int) -> dict[str, float]:
    """Of so many messages, the first of an order each, five a second."""
    sent: dict[str, float] = {}
    receiver = site.receiver
    expected = len(receiver.arrived) + messages
    for order in islice(orders("L"), messages):
        body = request_body(order.event(SPOKEN[0]))
        sent[order.address] = perf_counter()
        await asyncio.gather(site.sender.post(body), asyncio.sleep(1 / _PER_SECOND))
    await receiver.until(expected)
    taken = [at - sent[to] for to, at in receiver.arrived if to in sent]
    return {"messages": messages, **percentiles(taken)}
