"""How fast the simulator plays a log: `simulate.py [LOG]`, by default a made one of 5,000 orders. Prints JSON."""

import json
import resource
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

from cli.demo.log import parsed, read_log
from cli.rules_folder import read_rules
from engine.events import Event
from engine.naming import Naming
from engine.ruleset import Ruleset
from engine.simulator import Simulator
from store.memory import MemoryStore

RULES = Path(__file__).resolve().parent.parent / "rules"
BEGINS = datetime(2026, 1, 1, 8, tzinfo=UTC)
# Hours after its placing at which each thing happens to an order.
LIFE = {
    "order.placed": 0,
    "consent.given": 0,
    "order.confirmed": 1,
    "shipment.shipped": 26,
    "shipment.delivered": 99,
    "review.received": 200,
}
ORDERS, EVERY = 5_000, timedelta(minutes=90)
AFTERWARDS = timedelta(days=60)


def made(orders: int) -> list[Event]:
    """A log of orders, of which every second is of a customer who has bought before."""
    events = [event for number in range(orders) for event in an_order(number)]
    return sorted(events, key=lambda event: (event.occurred_at, event.id))


def an_order(number: int) -> list[Event]:
    """An order from its placing to its review."""
    customer, placed_at = f"C{number // 2}", BEGINS + number * EVERY
    told: dict[str, dict[str, object]] = {
        "order.placed": {"customer.email": f"{customer}@example.com", "order.country": "BR"},
        "consent.given": {"consent.category": "review"},
        "review.received": {"review.stars": number % 5 + 1},
    }
    return [
        Event(
            source="bench",
            id=f"{number} {kind}",
            type=kind,
            occurred_at=placed_at + timedelta(hours=hours),
            shop="bench",
            order=None if kind == "consent.given" else f"A{number}",
            customer=customer,
            things={"shipment": f"P{number}"} if kind.startswith("shipment.") else {},
            data=told.get(kind, {}),
        )
        for kind, hours in LIFE.items()
    ]


def measured(events: list[Event], rules: Ruleset) -> dict[str, float]:
    """One play from beginning to end."""
    store = MemoryStore(rules, Naming(b"bench"), frozenset({"email"}))
    began = perf_counter()
    Simulator(store).play(events, until=events[-1].occurred_at + AFTERWARDS)
    seconds = perf_counter() - began
    return {
        "events": len(events),
        "effects": len(store.effects),
        "seconds": round(seconds, 2),
        "events_per_second": round(len(events) / seconds),
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main() -> None:
    """Measure and print."""
    rules = read_rules(RULES)
    log = [Path(word) for word in sys.argv[1:2]]
    far = BEGINS + timedelta(days=3650)
    events = parsed(read_log(log[0], None), rules.catalog, far) if log else made(ORDERS)
    print(json.dumps(measured(events, rules)))


if __name__ == "__main__":
    main()
