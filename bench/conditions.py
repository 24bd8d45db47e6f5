"""What a compiled condition costs against the same condition written by hand, and against three
other JsonLogics.

Prints one JSON object: microseconds per evaluation and how often the hand-written condition fits
into each, when every part holds and when the first does not. Rounds are interleaved and the median
is taken, because machines are shared.
"""

import json
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

from datalogic_py import Engine
from json_logic import jsonLogic
from jsonlogic.core import JSONLogicExpression, Operator
from jsonlogic.evaluation import EvaluationContext
from jsonlogic.operators import operator_registry

from engine.catalog.catalog import builtin
from engine.catalog.values import Money
from engine.conditions import Scope, Written, compile_condition
from engine.conditions.condition import Condition, Position
from engine.conditions.problems import Problems
from engine.language.sentences.parser import Fault, parse_condition

SENTENCE = (
    "customer.tier = gold and review.stars <= 2 and order.total >= 80 EUR and "
    "order.returned = false"
)
# The others know no money, and so compare cents without asking which currency they are of.
PARTS: tuple[tuple[str, str, object], ...] = (
    ("===", "customer.tier", "gold"),
    ("<=", "review.stars", 2),
    (">=", "order.total", 8000),
    ("===", "order.returned", False),
)
ROUNDS, TIMES = 9, 5_000

Ask = Callable[[Any], object]


def by_hand(facts: Mapping[str, Any]) -> bool | None:
    """The sentence as a programmer would write it, with the same care for what is missing and for
    currencies.
    """
    stars, total = facts["review.stars"], facts["order.total"]
    return (
        facts["customer.tier"] == "gold"
        and stars is not None
        and stars <= 2
        and total is not None
        and total.currency == "EUR"
        and total.minor >= 8000
        and facts["order.returned"] is False
    )


def compiled(sentence: str) -> Condition:
    """The condition of a sentence about a review."""
    part = parse_condition(sentence)
    assert not isinstance(part, Fault)
    condition = compile_condition(
        Written(part.logic, Position("bench", 1, 1)), Scope(builtin(), "review"), Problems()
    )
    assert condition is not None
    return condition


def datalogic() -> Ask:
    """`datalogic-py`: Rust, compiled once; handed a mapping, as ours is."""
    logic = {"and": [{sign: [{"var": name}, value]} for sign, name, value in PARTS]}
    ask: Ask = Engine().compile(logic).evaluate
    return ask


def python_jsonlogic() -> Ask:
    """`python-jsonlogic` by its own evaluator, which has no `and`: each part asks the next."""
    logic: object = True
    for sign, name, value in reversed(PARTS):
        part = {sign.replace("===", "=="): [{"var": "/" + name.replace(".", "/")}, value]}
        logic = {"if": [part, logic, False]}
    tree: Operator = JSONLogicExpression.from_json(logic).as_operator_tree(operator_registry)  # type: ignore[arg-type]  # JSON
    return lambda facts: tree.evaluate(EvaluationContext(facts))


def panzi() -> Ask:
    """`panzi-json-logic`: walks the logic each time."""
    logic: Any = {"and": [{sign: [{"var": name}, value]} for sign, name, value in PARTS]}
    return lambda facts: jsonLogic(logic, facts)


def nested(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts as the others find them: a mapping per thing, money in cents."""
    tree: dict[str, Any] = {}
    for name, value in facts.items():
        thing, fact = name.split(".")
        tree.setdefault(thing, {})[fact] = value.minor if isinstance(value, Money) else value
    return tree


def micros(ask: Ask, facts: Any) -> float:
    """CPU microseconds of one evaluation."""
    start = time.process_time()
    for _ in range(TIMES):
        ask(facts)
    return (time.process_time() - start) / TIMES * 1e6


def measured(facts: Mapping[str, Any], expected: bool) -> dict[str, dict[str, float]]:  # noqa: FBT001  # an answer
    """The medians of all, and how often the hand-written condition fits into each."""
    others = {
        "datalogic_py": datalogic(),
        "python_jsonlogic": python_jsonlogic(),
        "panzi_json_logic": panzi(),
    }
    tree = nested(facts)
    asked: dict[str, tuple[Ask, Any]] = {
        "by_hand": (by_hand, facts),
        "purna": (compiled(SENTENCE).holds, facts),
    }
    asked |= {name: (ask, tree) for name, ask in others.items()}
    for name, (ask, known) in asked.items():
        assert ask(known) is expected, name
    rounds = [[micros(*one) for one in asked.values()] for _ in range(ROUNDS)]
    medians = dict(zip(asked, map(statistics.median, zip(*rounds, strict=True)), strict=True))
    return {
        name: {"us": round(median, 3), "ratio": round(median / medians["by_hand"], 2)}
        for name, median in medians.items()
    }


def figures() -> dict[str, object]:
    """All parts hold, and the first does not."""
    hit = {
        "customer.tier": "gold",
        "review.stars": 1,
        "order.total": Money(9000, "EUR"),
        "order.returned": False,
    }
    return {
        "all_hold": measured(hit, True),
        "first_fails": measured(hit | {"customer.tier": "none"}, False),
    }


if __name__ == "__main__":
    print(json.dumps(figures(), indent=2))
