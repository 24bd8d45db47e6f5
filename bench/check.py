"""Seconds that `purna check` takes for a folder of a thousand rules. Prints JSON."""

import json
from datetime import date
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from operations.rules.check import check

RULES, PER_FILE = 1000, 50
TODAY = date(2026, 3, 2)
WHEN = (
    "shipment.shipped",
    "shipment.delivered",
    "2 days after order.delivered",
    "48 hours without shipment.scanned since shipment.shipped",
    "review.received",
    "order.placed",
    "return.requested",
    "14 days before order.promised_on at 10:00",
)
CONDITIONS = (
    "customer.tier in [gold, platinum]",
    "order.total >= {number} EUR",
    "order.express = true or order.total between 20 EUR and {number} EUR",
    "customer.lifetime_orders >= {small}",
    "order.country = FR and not (customer.tier = silver)",
    "order.days_late >= {small}",
    "any order.items where item.category = shoes",
)
HELLO = "Hello {{ customer.first_name | or('there') }}, order {{ order.id }}."
TEMPLATE = f"---\nsubject: Hello\npush: Hello\n---\n{HELLO}\n"


def a_rule(number: int, when: str) -> str:
    """A rule with two conditions, one in three with a choice."""
    first, second = islice(
        cycle(CONDITIONS), number % len(CONDITIONS), number % len(CONDITIONS) + 2
    )
    told = [one.format(number=20 + number, small=1 + number % 9) for one in (first, second)]
    send = f"{{send: message_{number % 100}, by: [push, email], category: delivery}}"
    lines = [
        f"  - id: rule-{number}",
        f"    when: {when}",
        "    if_late: send" if "before" in when else "",
    ]
    lines += [
        "    if:",
        *(f"      - {json.dumps(one)}" for one in told),
        "    stop_if: [order.cancelled, return.requested]",
    ]
    if number % 3 == 0:
        choice = f"{{if: order.total >= {number} EUR, do: [{send}]}}"
        lines += ["    choose:", f"      - {choice}", f"      - {{otherwise: [{send}]}}"]
    else:
        lines.append(f"    do: [{send}]")
    return "\n".join(line for line in lines if line)


def a_folder(folder: Path) -> None:
    """A thousand rules in twenty files, and a hundred templates."""
    (folder / "journeys").mkdir()
    (folder / "templates" / "en").mkdir(parents=True)
    rules = [a_rule(number, when) for number, when in zip(range(RULES), cycle(WHEN), strict=False)]
    for start in range(0, RULES, PER_FILE):
        text = "version: 1\nrules:\n" + "\n".join(rules[start : start + PER_FILE]) + "\n"
        (folder / "journeys" / f"part-{start}.yaml").write_text(text)
    for number in range(100):
        (folder / "templates" / "en" / f"message_{number}.md").write_text(TEMPLATE)


def figures() -> dict[str, float]:
    """Check once, as the command does."""
    with TemporaryDirectory() as name:
        a_folder(Path(name))
        start, start_of_work = perf_counter(), process_time()
        found = check(Path(name), today=TODAY)
        took = {
            "seconds": perf_counter() - start,
            "processor_seconds": process_time() - start_of_work,
        }
    rounded = {key: round(value, 2) for key, value in took.items()}
    return {"rules": RULES, **rounded, "errors": found.errors, "warnings": found.warnings}


if __name__ == "__main__":
    print(json.dumps(figures()))
