"""How long the database takes to take in the news of orders, and to decide about them."""

from datetime import datetime, timedelta
from itertools import count
from statistics import quantiles
from time import perf_counter
from typing import Any

from bench.load.grown_database import LONG_AGO, REGULAR, SHOP
from engine.decisions.decide import decide
from engine.decisions.decision import Outcome, Situation
from engine.facts.events import Event
from engine.facts.naming import Naming, subject_id
from engine.rules.ruleset import Rulesets
from store.ports import Store

_NUMBERS = count(1)
_BEGIN = LONG_AGO + timedelta(days=400)


class TimedOrders:
    """Orders that are placed and shipped in one store, each step timed by itself."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.took: dict[str, list[float]] = {}

    async def play(self, *, of_regular: bool) -> None:
        """One order: of a customer of its own, or of the one who has many."""
        number = next(_NUMBERS)
        whose = "regular" if of_regular else "new"
        customer = REGULAR if of_regular else f"C{number}"
        data: dict[str, Any] = {
            "customer.email": f"{customer.lower()}@customer.example",
            "order.total": "20.00 EUR",
            "order.items": ["towel"],
        }
        names: dict[str, Any] = {"shop": SHOP, "order": f"T{number}", "customer": customer}
        parcel: dict[str, Any] = {
            "things": {"shipment": f"P{number}"},
            "data": {"shipment.carrier": "carrier 7"},
        }
        journey = self.store.naming.journey(subject_id("order", SHOP, names["order"]))
        for kind, told in (("order.placed", {"data": data}), ("shipment.shipped", parcel)):
            now = _BEGIN + timedelta(minutes=number)
            event = Event("timed", f"{number} {kind}", kind, now, **names, **told)
            began = perf_counter()
            await self.store.events.ingest([event], now)
            taken = perf_counter()
            await self.store.journeys.decide(journey, now, deciding_at(now, self.store.naming))
            self._note(f"ingest_{whose}", taken - began)
            self._note(f"decide_{whose}", perf_counter() - taken)

    def forget(self) -> None:
        """Count from now on."""
        self.took = {}

    def milliseconds(self) -> dict[str, dict[str, float]]:
        """The median and the 99th percentile of each step."""
        found = {}
        for step, took in sorted(self.took.items()):
            cut = quantiles(took, n=100)
            found[step] = {"p50_ms": round(1e3 * cut[49], 2), "p99_ms": round(1e3 * cut[98], 2)}
        return found

    def _note(self, step: str, seconds: float) -> None:
        self.took.setdefault(step, []).append(seconds)


def deciding_at(now: datetime, naming: Naming) -> Any:
    """The engine's decision at a moment, as a store calls it."""

    def deciding(rulesets: Rulesets, situation: Situation) -> Outcome:
        return decide(rulesets, situation, naming, now)

    return deciding
