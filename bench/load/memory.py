"""What waiting journeys weigh: each one that the worker keeps, and whether the processes grow once
it keeps no more.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from bench.load.costs import memory_of
from bench.load.load_orders import WAITING, LoadOrder, orders, request_body
from bench.load.measured_parts import MeasuredParts
from bench.load.sender import EventSender, a_sender

_BATCH = 50
_AT_ONCE = 2
# Fewer than the worker keeps, which still holds those of the streams before.
_KEPT = 300
_WATCHED = ("worker", "Temporal", "PostgreSQL", "web")
_MB = 1024 * 1024


async def memory(site: MeasuredParts, journeys: int, steps: int = 5) -> dict[str, Any]:
    """Open so many journeys that wait for twenty days, and look at the processes after each part of
    them.

    The worker is started anew, so that it keeps nothing yet.
    """
    await _start_anew(site)
    every = orders("M")
    with a_sender(site.parts.url, site.parts.token, _AT_ONCE, batches=True) as sender:
        await _open(
            site, sender, every, _BATCH
        )  # rules are compiled, sessions made, modules loaded
        before = memory_of(site.parts.child("worker"))
        kept = min(_KEPT, journeys)
        await _open(site, sender, every, kept)
        each = (memory_of(site.parts.child("worker")) - before) / kept
        await _open(site, sender, every, min(1_000, journeys))  # the cache is full
        seen = [_seen(site)]
        for _ in range(steps):
            await _open(site, sender, every, max(1, journeys // steps))
            seen.append(_seen(site))
    grown = {name: (seen[-1][name] - seen[0][name]) / journeys * 1024 for name in _WATCHED}
    return {
        "kb_per_kept_journey": round(each / 1024, 1),
        "waiting_journeys": journeys,
        "mb_along_the_way": seen,
        "kb_per_further_journey": {name: round(value, 2) for name, value in grown.items()},
    }


async def _start_anew(site: MeasuredParts) -> None:
    worker = site.parts.child("worker")
    await worker.stop()
    await worker.start()


async def _open(
    site: MeasuredParts, sender: EventSender, every: Iterator[LoadOrder], number: int
) -> None:
    """So many further journeys, until each has decided."""
    some = list(islice(every, number))
    bodies = [
        request_body(*(order.event(WAITING) for order in some[at : at + _BATCH]))
        for at in range(0, number, _BATCH)
    ]
    for body in bodies:
        await sender.post(body)
    await site.idle()


def _seen(site: MeasuredParts) -> dict[str, float]:
    return {name: round(memory_of(site.parts.child(name)) / _MB, 1) for name in _WATCHED}
