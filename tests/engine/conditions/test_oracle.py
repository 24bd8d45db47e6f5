"""The evaluator against another JsonLogic, `datalogic-py`, on complete and well-typed facts: they
never disagree.
"""

import json
from random import Random
from typing import Any

import pytest
from datalogic_py import Engine

from tests.engine.conditions.conditions_cases import compiled, facts

BATCHES, PER_BATCH = 20, 1_000
TIERS, SHELVES = ("none", "silver", "gold", "platinum"), ("shoes", "hats", "belts")
ORDERED, EQUAL = ("<", "<=", ">", ">="), ("===", "!==")


class Author:
    """Writes random conditions and the facts to ask them about."""

    def __init__(self, seed: int) -> None:
        self.dice = Random(seed)

    def condition(self, depth: int = 3, *, element: bool = False) -> Any:
        """A condition about the facts below; `element`: about one of the items."""
        if depth and self.dice.random() < 0.4:
            return self.dice.choice([self.joined, self.joined, self.negated])(depth, element)
        if depth and not element and self.dice.random() < 0.15:
            return self.quantified(depth)
        if self.dice.random() < 0.4:
            return self.dice.choice([self.comparison, self.between])(depth, element)
        return self.dice.choice([self.equality, self.membership, self.truth])(element)

    def joined(self, depth: int, element: bool) -> Any:
        parts = [self.condition(depth - 1, element=element) for _ in range(self.dice.randint(2, 4))]
        return {self.dice.choice(["and", "or"]): parts}

    def negated(self, depth: int, element: bool) -> Any:
        return {"!": [self.condition(depth - 1, element=element)]}

    def quantified(self, depth: int) -> Any:
        asked = self.condition(min(depth - 1, 1), element=True)
        return {self.dice.choice(["some", "all", "none"]): [{"var": "order.items"}, asked]}

    def comparison(self, depth: int, element: bool) -> Any:
        return {
            self.dice.choice(ORDERED + EQUAL): [
                self.number(depth, element),
                self.number(0, element),
            ]
        }

    def between(self, depth: int, element: bool) -> Any:
        low = self.dice.randint(-2, 4)
        return {"<=": [low, self.number(depth, element), low + self.dice.randint(0, 5)]}

    def equality(self, element: bool) -> Any:
        name, words = ("category", SHELVES) if element else ("customer.tier", TIERS)
        return {self.dice.choice(EQUAL): [{"var": name}, self.dice.choice(words)]}

    def membership(self, element: bool) -> Any:
        name, words = ("category", SHELVES) if element else ("customer.tier", TIERS)
        return {"in": [{"var": name}, self.dice.sample(words, self.dice.randint(1, 3))]}

    def truth(self, element: bool) -> Any:
        fact = {"var": "in_stock" if element else self.dice.choice(["x.a", "x.b", "x.c"])}
        return (
            fact
            if self.dice.random() < 0.5
            else {self.dice.choice(EQUAL): [fact, self.dice.random() < 0.5]}
        )

    def number(self, depth: int, element: bool) -> Any:
        names = (
            ["quantity", "stars"]
            if element
            else ["review.stars", "x.number", "customer.lifetime_orders"]
        )
        plain = (
            {"var": self.dice.choice(names)}
            if self.dice.random() < 0.7
            else self.dice.randint(-3, 9)
        )
        if not depth or self.dice.random() < 0.6:
            return plain
        sign = self.dice.choice(["+", "-", "*"])
        return {sign: [plain, self.number(0, element)]}

    def facts(self) -> dict[str, Any]:
        """Every fact that the conditions name, of its type; halves, which both number types hold
        exactly.
        """
        dice = self.dice
        return {
            "x.a": dice.random() < 0.5,
            "x.b": dice.random() < 0.5,
            "x.c": dice.random() < 0.5,
            "x.number": dice.randint(-6, 12) / 2,
            "review.stars": dice.randint(1, 5),
            "customer.lifetime_orders": dice.randint(0, 8),
            "customer.tier": dice.choice(TIERS),
            "order.items": [self.item() for _ in range(dice.randint(0, 3))],
        }

    def item(self) -> dict[str, Any]:
        dice = self.dice
        return {
            "category": dice.choice(SHELVES),
            "quantity": dice.randint(1, 4),
            "stars": dice.randint(2, 10) / 2,
            "in_stock": dice.random() < 0.5,
        }


def nested(flat: dict[str, Any]) -> dict[str, Any]:
    """Facts as other JsonLogics find them: a name before the dot is a mapping."""
    tree: dict[str, Any] = {}
    for name, value in flat.items():
        first, last = name.split(".")
        tree.setdefault(first, {})[last] = value
    return tree


@pytest.mark.parametrize("batch", range(BATCHES))
def test_a_random_condition_is_judged_as_another_jsonlogic_judges_it(batch: int) -> None:
    author, oracle = Author(batch), Engine()
    answers = set()
    for _ in range(PER_BATCH):
        logic, known = author.condition(), author.facts()
        condition, problems = compiled(logic, "review")
        assert condition is not None, (logic, problems)
        own = condition.holds(facts(**known))
        assert own is oracle.compile(logic).evaluate(nested(known)), json.dumps([logic, known])
        answers.add(own)
    assert answers == {True, False}
