"""What a compiled condition costs against the same condition written by hand in Python.

Prints one JSON object: microseconds per evaluation and their ratio, when every part
holds and when the first does not. Rounds are interleaved and the median is taken, because machines are shared.
"""

import json
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

from engine.catalog import builtin
from engine.conditions import Scope, Written, compile_condition
from engine.language.problems import Problems
from engine.language.sentences import Fault, parse_condition
from engine.rule import Condition, Position
from engine.values import Money

SENTENCE = "customer.tier = gold and review.stars <= 2 and order.total >= 80 EUR and order.returned = false"
ROUNDS, TIMES = 9, 20_000

Ask = Callable[[Mapping[str, Any]], bool | None]


def by_hand(facts: Mapping[str, Any]) -> bool | None:
    """The sentence as a programmer would write it, with the same care for what is missing and for currencies."""
    stars, total = facts["review.stars"], facts["order.total"]
    return (
        facts["customer.tier"] == "gold"
        and stars is not None
        and stars <= 2  # noqa: PLR2004  # the sentence says so
        and total is not None
        and total.currency == "EUR"
        and total.minor >= 8000  # noqa: PLR2004  # as above
        and facts["order.returned"] is False
    )


def compiled(sentence: str) -> Condition:
    """The condition of a sentence about a review."""
    part = parse_condition(sentence)
    assert not isinstance(part, Fault)
    condition = compile_condition(Written(part.logic, Position("bench", 1, 1)), Scope(builtin(), "review"), Problems())
    assert condition is not None
    return condition


def micros(ask: Ask, facts: Mapping[str, Any]) -> float:
    """CPU microseconds of one evaluation."""
    start = time.process_time()
    for _ in range(TIMES):
        ask(facts)
    return (time.process_time() - start) / TIMES * 1e6


def measured(facts: Mapping[str, Any], ask: Ask) -> dict[str, float]:
    """The medians of both and how often the one fits in the other."""
    rounds = [(micros(by_hand, facts), micros(ask, facts)) for _ in range(ROUNDS)]
    hand, own = (statistics.median(column) for column in zip(*rounds, strict=True))
    return {"by_hand_us": round(hand, 3), "compiled_us": round(own, 3), "ratio": round(own / hand, 2)}


def main() -> None:
    """Measure and print."""
    hit = {"customer.tier": "gold", "review.stars": 1, "order.total": Money(9000, "EUR"), "order.returned": False}
    ask = compiled(SENTENCE).holds
    print(json.dumps({"hit": measured(hit, ask), "miss": measured(hit | {"customer.tier": "none"}, ask)}, indent=2))


if __name__ == "__main__":
    main()
