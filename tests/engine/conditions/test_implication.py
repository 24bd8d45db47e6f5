import json
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine.catalog.catalog import builtin
from engine.catalog.values import Money
from engine.conditions import Scope
from engine.conditions.condition import Condition, Position
from engine.conditions.formula import Formula, Sample, formula
from engine.conditions.implication import Reasoning
from engine.conditions.problems import Problems
from engine.language.nodes import Node
from engine.language.sentences.condition_nodes import read_conditions

CATALOG = builtin()
SCOPE = Scope(CATALOG, "order")
REASONING = Reasoning(SCOPE.type, lambda name: CATALOG.facts[name].default is None)

ATOMS = st.sampled_from(
    [
        "customer.tier = gold",
        "customer.tier != silver",
        "customer.tier in [gold, platinum]",
        "order.express",
        "order.express = false",
        "order.total >= 80 EUR",
        "order.total < 80.01 EUR",
        "order.total != 50 USD",
        "order.days_late > 1",
        "order.days_late between 1 and 3",
        "order.days_late = 2",
        "order.eta is known",
        "order.eta > 2026-03-05",
        "order.eta <= 2026-03-06",
        "order.country = FR",
        "order.country in [FR, DE]",
        "order.eta > order.promised_on",
    ]
)
SENTENCES = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(
            lambda told: f"({' '.join(told)})"
        ),
        inner.map(lambda one: f"not ({one})"),
    ),
    max_leaves=4,
)
FACTS = st.fixed_dictionaries(
    {
        "customer.tier": st.sampled_from(["none", "silver", "gold", "platinum"]),
        "order.express": st.booleans(),
        "order.total": st.sampled_from(
            [None, Money(7999, "EUR"), Money(8000, "EUR"), Money(5000, "USD")]
        ),
        "order.days_late": st.sampled_from([None, 0, 1, 2, 3, 4]),
        "order.eta": st.sampled_from([None, date(2026, 3, 5), date(2026, 3, 6), date(2026, 3, 7)]),
        "order.promised_on": st.sampled_from([None, date(2026, 3, 6)]),
        "order.country": st.sampled_from([None, "FR", "DE", "ID"]),
        "zone": st.just("UTC"),
    }
)


def compiled(sentence: str) -> Condition:
    problems = Problems()
    (condition,) = read_conditions(
        Node(sentence, Position("x", 1, 1), source=sentence), SCOPE, problems
    )
    return condition


def sample(value: Any) -> Sample | None:
    match value:
        case None:
            return None
        case bool():
            return "truth", value
        case int():
            return "number", value
        case Money(minor, currency):
            return f"money:{currency}", minor
        case date():
            return "date", value.toordinal()
    return "text", value


def state(facts: dict[str, Any], asked: Formula) -> dict[str, Sample | None]:
    """The facts as a state, with what the formula takes as a whole worked out from them."""
    told = {json.dumps({"var": name}): sample(value) for name, value in facts.items()}
    whole = [key for key, term in asked.terms.items() if term.is_whole]
    eta, promised = facts["order.eta"], facts["order.promised_on"]
    later = None if eta is None or promised is None else ("truth", eta > promised)
    return told | dict.fromkeys(whole, later)


@given(SENTENCES, FACTS)
def test_a_formula_answers_as_the_condition_does(sentence: str, facts: dict[str, Any]) -> None:
    condition = compiled(sentence)
    asked = formula(condition.logic)

    assert asked.test(state(facts, asked)) == condition.holds(facts)


@given(st.lists(SENTENCES, min_size=1, max_size=3), FACTS)
def test_what_is_called_impossible_never_happens(
    sentences: list[str], facts: dict[str, Any]
) -> None:
    conditions = [compiled(one) for one in sentences]
    example = REASONING.example([formula(one.logic) for one in conditions])

    assert example is not None or not all(one.holds(facts) for one in conditions)


@given(SENTENCES, st.lists(SENTENCES, max_size=2), FACTS)
def test_what_is_called_implied_holds_whenever_the_rest_does(
    sentence: str, others: list[str], facts: dict[str, Any]
) -> None:
    implied, given_ = compiled(sentence), [compiled(one) for one in others]

    if REASONING.is_implied(formula(implied.logic), [formula(one.logic) for one in given_]):
        assert implied.holds(facts) is True or not all(one.holds(facts) for one in given_)
