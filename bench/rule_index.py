"""Which of two hundred rules an event concerns: each listener's conditions judged on the facts.
Prints JSON.

The rules are read from YAML; they listen evenly to the events of an order's life, two conditions
each. Beside the index by event type stands a look at every rule, the way of an engine that has
none.
"""

import json
import statistics
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import cycle
from time import process_time

from engine.facts.events import Event
from engine.facts.fold import fold_customer, fold_order
from engine.facts.state import empty
from engine.facts.subjects import Subjects
from engine.facts.views.view import About, View
from engine.language.reader import read_ruleset
from engine.rules.rule import OnEvent, Rule
from engine.rules.ruleset import Ruleset

RULES, ROUNDS, TIMES = 200, 9, 1_000
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HEARD = (
    *(
        f"shipment.{word}"
        for word in ("packed", "shipped", "in_transit", "out_for_delivery", "delivered", "lost")
    ),
    *(f"order.{word}" for word in ("placed", "confirmed", "cancelled", "delivered")),
    *(
        f"return.{word}"
        for word in ("requested", "approved", "declined", "received", "inspected", "refunded")
    ),
    *("review.received", "customer.created", "loyalty.joined", "subscription.started"),
)
CONDITIONS = (
    "customer.tier in [gold, platinum]",
    "customer.lifetime_orders >= {number}",
    "customer.country = FR",
    "not (customer.tier = silver)",
    "customer.lifetime_orders between 1 and {number}",
)
TEMPLATE = b"---\nsubject: Hello\n---\nHello.\n"


def a_rule(number: int, when: str) -> str:
    """A rule with two conditions about the customer, who stands behind every event."""
    told = [
        CONDITIONS[(number + next_one) % len(CONDITIONS)].format(number=1 + number % 9)
        for next_one in (0, 1)
    ]
    send = "{send: hello, by: email, category: delivery}"
    return f"  - id: rule-{number}\n    when: {when}\n    if: {json.dumps(told)}\n    do: [{send}]"


def rules() -> Ruleset:
    """Two hundred rules as people would have written them."""
    told = [a_rule(number, when) for number, when in zip(range(RULES), cycle(HEARD), strict=False)]
    journeys = "version: 1\nrules:\n" + "\n".join(told) + "\n"
    return read_ruleset({"journeys/all.yaml": journeys.encode(), "templates/en/hello.md": TEMPLATE})


def subjects(ruleset: Ruleset) -> Subjects:
    """A gold customer of Lyon with one order."""
    told: dict[str, object] = {
        "customer.tier": "gold",
        "customer.country": "FR",
        "order.total": "80.00 EUR",
    }
    placed = Event(
        "shop", "1", "order.placed", NOON, shop="shop", order="A1", customer="C1", data=told
    )
    order = fold_order(empty(), placed, ruleset.catalog).state
    return Subjects(order, fold_customer(empty(), placed, ruleset.catalog), "A1", "C1", "shop")


def holding(found: list[Rule], view: View) -> int:
    """How many of these rules have only conditions that hold."""
    return sum(
        all(condition.holds(view) is True for condition in rule.conditions) for rule in found
    )


def micros(run: Callable[[], int]) -> float:
    """CPU microseconds of one run."""
    start = process_time()
    for _ in range(TIMES):
        run()
    return (process_time() - start) / TIMES * 1e6


def figures() -> dict[str, float]:
    """The medians of both ways and their ratio."""
    ruleset = rules()
    known, about = subjects(ruleset), About("shipment", "P1")

    def by_index() -> int:
        view = View(ruleset, known, about, NOON)
        return holding([rule for rule, _ in ruleset.by_event["shipment.shipped"]], view)

    def by_looking() -> int:
        view = View(ruleset, known, about, NOON)
        shipped = OnEvent("shipment.shipped")
        return holding([one for one in ruleset.rules.values() if one.triggers[0] == shipped], view)

    assert by_index() == by_looking() > 0
    rounds = [(micros(by_index), micros(by_looking)) for _ in range(ROUNDS)]
    indexed, looked = (statistics.median(column) for column in zip(*rounds, strict=True))
    return {
        "rules": RULES,
        "listening": len(ruleset.by_event["shipment.shipped"]),
        "indexed_us": round(indexed, 2),
        "without_index_us": round(looked, 2),
        "ratio": round(looked / indexed, 2),
    }


if __name__ == "__main__":
    print(json.dumps(figures(), indent=2))
