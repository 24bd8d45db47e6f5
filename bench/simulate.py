"""How fast `purna simulate` plays a log: `simulate.py [LOG]`, by default a made one of 5,000
orders. Prints JSON.
"""

import json
import resource
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

from engine.facts.events import Event
from operations.logs.simulate import simulate
from operations.rules.rules_folder import read_rules

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


def as_line(event: Event) -> str:
    """The CloudEvent as a sender would write it."""
    data: dict[str, Any] = {"shop": event.shop}
    named = {"order": event.order, "customer": event.customer, **event.things}
    for thing, name in named.items():
        if name is not None:
            data[thing] = {"id": name}
    for fact, value in event.data.items():
        prefix, _, key = fact.partition(".")
        data.setdefault(prefix, {})[key] = value
    told = {
        "specversion": "1.0",
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "data": data,
    }
    return json.dumps(told | {"time": event.occurred_at.isoformat()}) + "\n"


def figures(log: Path | None) -> dict[str, float]:
    """`purna simulate` of a log, from its first line to its report; `seconds` are those of the
    processor.
    """
    rules, far = read_rules(RULES), BEGINS + timedelta(days=3650)
    with TemporaryDirectory() as folder:
        if log is None:
            log = Path(folder) / "made.jsonl"
            log.write_text("".join(map(as_line, made(ORDERS))))
        before, began = peak_mb(), process_time()
        simulation = simulate(log, rules, far)
        seconds = process_time() - began
    return {
        "events": simulation.span.events,
        "messages": simulation.messages.total(),
        "seconds": round(seconds, 2),
        "events_per_second": round(simulation.span.events / seconds),
        "peak_rss_mb_before": before,
        "peak_rss_mb": peak_mb(),
    }


def peak_mb() -> int:
    """The most memory this process has had."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main() -> None:
    """Measure and print."""
    print(json.dumps(figures(Path(sys.argv[1]) if sys.argv[1:] else None)))


if __name__ == "__main__":
    main()
