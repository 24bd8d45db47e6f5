"""What waiting journeys weigh: each one that the worker keeps, and whether the processes grow once
it keeps no more.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from bench.load.costs import memory_of
from bench.load.load_orders import WAITING, LoadOrder, orders, request_body
from bench.load.measured_parts import MeasuredInstallation
from bench.load.sender import EventSender, a_sender

_BATCH = 50
_AT_ONCE = 2
# Fewer than the worker keeps, which still holds those of the streams before.
_KEPT = 300
_WATCHED = ("worker", "Temporal", "PostgreSQL", "web")
_MB = 1024 * 1024


async def memory(
    installation: MeasuredInstallation, journeys: int, steps: int = 5
) -> dict[str, Any]:
    """Open so many journeys that wait for twenty days, and look at the processes after each part of
    them.

    The worker is started anew, so that it keeps nothing yet.
    """
    await _start_anew(installation)
    every = orders("M")
    with a_sender(installation.url, installation.token, _AT_ONCE, batches=True) as sender:
        await _open(
            installation, sender, every, _BATCH
        )  # rules are compiled, sessions made, modules loaded
        before = memory_of(installation.child("worker"))
        kept = min(_KEPT, journeys)
        await _open(installation, sender, every, kept)
        each = (memory_of(installation.child("worker")) - before) / kept
        await _open(installation, sender, every, min(1_000, journeys))  # the cache is full
        seen = [_seen(installation)]
        for _ in range(steps):
            await _open(installation, sender, every, max(1, journeys // steps))
            seen.append(_seen(installation))
    grown = {name: (seen[-1][name] - seen[0][name]) / journeys * 1024 for name in _WATCHED}
    return {
        "kb_per_kept_journey": round(each / 1024, 1),
        "waiting_journeys": journeys,
        "mb_along_the_way": seen,
        "kb_per_further_journey": {name: round(value, 2) for name, value in grown.items()},
    }


async def _start_anew(installation: MeasuredInstallation) -> None:
    worker = installation.child("worker")
    await worker.stop()
    await worker.start()


async def _open(
    installation: MeasuredInstallation, sender: EventSender, every: Iterator[LoadOrder], number: int
) -> None:
    """So many further journeys, until each has decided."""
    some = list(islice(every, number))
    bodies = [
        request_body(*(order.event(WAITING) for order in some[at : at + _BATCH]))
        for at in range(0, number, _BATCH)
    ]
    for body in bodies:
        await sender.post(body)
    await installation.idle()


def _seen(installation: MeasuredInstallation) -> dict[str, float]:
    return {name: round(memory_of(installation.child(name)) / _MB, 1) for name in _WATCHED}
