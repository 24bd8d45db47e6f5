"""Conditions compiled from a sentence or from logic, and the facts they read."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from engine.catalog.catalog import EventType, Fact, builtin
from engine.catalog.values import FactType
from engine.conditions import AnswerShape, Scope, Written, compile_condition
from engine.conditions.condition import Condition, Position
from engine.conditions.problems import Problems
from engine.language.sentences.parser import SentencePart, parse_condition

HERE = Position("a.yaml", 1, 1)
NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
OWN = [Fact(f"x.{name}", FactType("boolean")) for name in "abc"] + [
    Fact("x.when", FactType("datetime")),
    Fact("x.length", FactType("duration")),
    Fact("x.number", FactType("number")),
]
CATALOG = builtin().extended([EventType("x.happened", "customer")], OWN)
ANSWERS = {
    "return_window": AnswerShape(FactType("duration"), "order", dated=True),
    "item_fee": AnswerShape(FactType("money"), "item"),
}


def facts(**known: Any) -> Mapping[str, Any]:
    """Facts with two underscores for the dot; all others are unknown."""
    about_time = {"now": NOON, "today": date(2026, 3, 5), "zone": "Europe/Paris"}
    named = {name.replace("__", "."): value for name, value in known.items()}
    return defaultdict(lambda: None, about_time | named)


def compiled(logic: Any, about: str | None = None) -> tuple[Condition | None, list[str]]:
    problems = Problems()
    condition = compile_condition(Written(logic, HERE), Scope(CATALOG, about, ANSWERS), problems)
    return condition, [f"{problem.message} [{problem.code}]" for problem in problems]


def condition(said: Any, about: str | None = None) -> Condition:
    logic = said
    if isinstance(said, str):
        part = parse_condition(said)
        assert isinstance(part, SentencePart), part
        logic = part.logic
    found, problems = compiled(logic, about)
    assert found is not None, problems
    return found


def holds(said: Any, **known: Any) -> bool | None:
    return condition(said).holds(facts(**known))


def mistakes(said: str, about: str | None = None) -> list[str]:
    part = parse_condition(said)
    assert isinstance(part, SentencePart)
    return compiled(part.logic, about)[1]


SHOES = {"id": "A", "category": "shoes", "price": {"amount": 50, "currency": "EUR"}}
HATS = {"id": "B", "category": "hats", "price": "20 EUR"}
