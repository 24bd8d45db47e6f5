"""How long each portion takes of what is due at once: an order of very many parcels, for each of
which a rule waits until the same moment.
"""

from collections.abc import Sequence
from datetime import timedelta
from time import perf_counter
from typing import Any

from bench.load.grown_database import LONG_AGO, SHOP
from bench.load.timed_orders import deciding_at
from engine.decisions.decision import OpenWork
from engine.facts.events import Event
from engine.facts.naming import subject_id
from engine.language.reader import read_ruleset
from store.ports import Store

_FILES = {
    "policies.yaml": """
version: 1
time_zone: {from: [customer.time_zone], otherwise: Europe/Paris}
categories: [{id: delivery, kind: transactional}]
""",
    "journeys/a.yaml": """
version: 1
rules:
  - id: arrives
    when: 1 day after shipment.shipped
    if: order.parcels > 1 and order.days_late = 0
    do: [{send: hello, category: delivery}]
""",
    "templates/en/hello.md": "---\nsubject: Hello\n---\nHello\n",
}
_SHIPPED = LONG_AGO + timedelta(days=500)
_DUE = _SHIPPED + timedelta(days=1)
_BATCH = 100


async def timed_portions(store: Store, parcels: int) -> dict[str, Any]:
    """Ship so many parcels of one order in an empty database, and decide a day later about them
    until all are decided about, or so much is open that the rest has to wait for it.
    """
    await store.rulesets.publish(read_ruleset(_FILES), "bench", "portions", _SHIPPED)
    journey = store.naming.journey(subject_id("order", SHOP, "parcels"))
    events = [_shipped(number) for number in range(parcels)]
    for first in range(0, parcels, _BATCH):
        await store.events.ingest(events[first : first + _BATCH], _SHIPPED)
        await store.journeys.decide(journey, _SHIPPED, deciding_at(_SHIPPED, store.naming))
    took: list[float] = []
    work: OpenWork | None = None
    while work is None or work.wake_at == _DUE:
        began = perf_counter()
        work = await store.journeys.decide(journey, _DUE, deciding_at(_DUE, store.naming))
        took.append(perf_counter() - began)
    left = (await store.overview.counts())["waits"]
    return {"parcels": parcels, "decided": parcels - left, **_figures(took)}


def _figures(took: Sequence[float]) -> dict[str, Any]:
    return {"portions": len(took), "longest_ms": round(1e3 * max(took), 1)}


def _shipped(number: int) -> Event:
    data: dict[str, Any] = {"customer.email": "parcels@customer.example"}
    if not number:
        data["order.promised_on"] = "2030-01-01"
    names: dict[str, Any] = {"shop": SHOP, "order": "parcels", "customer": "parcels"}
    things = {"shipment": f"P{number}"}
    return Event(
        "timed", f"parcel {number}", "shipment.shipped", _SHIPPED, **names, things=things, data=data
    )
