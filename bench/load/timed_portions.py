"""How long each portion takes of what is due at once: an order of very many parcels, for each of
which a rule waits until the same moment.
"""

from collections.abc import Sequence
from datetime import timedelta
from time import perf_counter
from typing import Any

from bench.load.grown_database import LONG_AGO, SHOP
from engine.decisions.decide import decide
from engine.decisions.decision import OpenWork, Outcome, Situation
from engine.facts.events import Event
from engine.facts.naming import subject_id
from engine.language.reader import read_ruleset
from engine.rules.ruleset import Rulesets
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
    """Ship so many parcels of one order in a database, and decide a day later about all of them."""
    await store.rulesets.publish(read_ruleset(_FILES), "bench", "portions", _SHIPPED)
    journey = store.naming.journey(subject_id("order", SHOP, "parcels"))
    events = [_shipped(number) for number in range(parcels)]
    for first in range(0, parcels, _BATCH):
        await store.events.ingest(events[first : first + _BATCH], _SHIPPED)
        await store.journeys.decide(journey, _SHIPPED, _deciding(store, _SHIPPED))
    took: list[float] = []
    work: OpenWork | None = None
    while work is None or work.wake_at == _DUE:
        began = perf_counter()
        work = await store.journeys.decide(journey, _DUE, _deciding(store, _DUE))
        took.append(perf_counter() - began)
    said = await store.inquiries.decisions("arrives", "parcels")
    assert len(said) == parcels, f"{len(said)} of {parcels} parcels were decided about"
    return {"parcels": parcels, **_figures(took)}


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


def _deciding(store: Store, now: Any) -> Any:
    def deciding(rulesets: Rulesets, situation: Situation) -> Outcome:
        return decide(rulesets, situation, store.naming, now)

    return deciding
