import pytest

from engine.conditions.implication import MOST_PARTS
from tests.engine.checks.folders import a_folder, a_rule, found, found_in, message

TIER_FROM_STARS = """answers:
  perk:
    type: boolean
    first:
      - {if: customer.tier = gold, then: true}
      - {if: [customer.tier = gold, order.express], then: true}
      - {otherwise: false}
"""


@pytest.mark.parametrize(
    "conditions",
    [
        "[customer.lifetime_orders > 4, customer.lifetime_orders < 5]",
        "customer.tier = gold and customer.tier in [silver, none]",
        "[order.express, order.express = false]",
        "[order.total >= 80 EUR, order.total < 80 EUR]",
        "[order.total >= 80 EUR, order.total < 100 USD]",
        (
            "[review.text is unknown, review.text contains bad, review.stars is known, review.text "
            "= x]"
        ),
        "review.stars = 3 and not (review.stars between 2 and 4)",
        "order.days_late < 0",
        "order.promised_on > 2026-03-05 and order.promised_on < 2026-03-06",
        "order.id is unknown",
    ],
)
def test_conditions_that_cannot_hold_together_are_never_true(conditions: str) -> None:
    assert found_in(a_rule("review.received", more=f"if: {conditions}")) == ["J11 6"]


@pytest.mark.parametrize(
    "conditions",
    [
        "[review.stars >= 4, review.stars < 5]",
        "customer.tier != gold and customer.tier in [gold, silver]",
        "[order.total > 80 EUR, order.total < 80.02 EUR]",
        "[order.total >= 80 EUR or order.total < 100 USD]",
        "[order.days_late > 0, order.parcels = 0]",
        "any order.items where item.price > 80 EUR and no order.items where item.price > 90 EUR",
        "now - order.placed_at > 2 days and now - order.placed_at < 50 hours",
        "order.promised_on > 2026-03-05 and order.promised_on < 2026-03-07",
        "[review.stars is known, review.stars <= 2]",
        "order.eta > order.promised_on and order.eta is known",
    ],
)
def test_conditions_that_can_hold_are_left_alone(conditions: str) -> None:
    assert found_in(a_rule("review.received", more=f"if: {conditions}")) == []


def test_the_message_names_what_contradicts() -> None:
    folder = a_folder(
        a_rule("review.received", more="if: [order.express, review.stars > 4, review.stars < 2]")
    )

    assert message(folder, "J11") == "never true: review.stars < 2 together with review.stars > 4"


def test_a_line_and_an_action_are_asked_beside_the_conditions_of_the_rule() -> None:
    do = "[{send: hello, category: delivery, only_if: customer.tier = gold}]"

    assert found_in(a_rule("order.placed", do, "if: customer.tier = silver")) == ["J11 5"]


def test_too_many_facts_to_try_are_passed_over() -> None:
    alike = " or ".join(
        f"order.parcels + {number} > 3 and order.days_late = {number}" for number in range(9)
    )

    assert found_in(a_rule("order.placed", more=f"if: {alike}")) == []


@pytest.mark.parametrize(
    "conditions",
    [
        "[customer.tier = gold, customer.tier != silver]",
        "[order.total >= 80 EUR, order.total >= 50 EUR]",
        "[order.express, order.express]",
        "order.parcels >= 0",
        "customer.tier in [none, silver, gold, platinum]",
        "order.id is known",
        "customer.tier = gold or customer.tier in [gold, platinum]",
    ],
)
def test_a_condition_that_says_nothing_more_is_redundant(conditions: str) -> None:
    assert found_in(a_rule("order.placed", more=f"if: {conditions}")) == ["J12 6"]


@pytest.mark.parametrize(
    "conditions",
    [
        "[order.total >= 80 EUR, order.total < 100 EUR]",
        "[review.stars is known, review.stars != 3]",
        "customer.tier = gold or order.express",
        "order.total >= 0 EUR or order.total < 0 EUR",
        "review.stars = 1 or review.stars != 1",
    ],
)
def test_a_condition_that_decides_something_is_left_alone(conditions: str) -> None:
    assert found(a_folder(a_rule("review.received", more=f"if: {conditions}")), "J12") == []


def test_a_line_of_an_answer_that_never_gets_its_turn() -> None:
    folder = a_folder(a_rule("order.placed"), answers=TIER_FROM_STARS)

    assert found(folder, "J14") == ["J14 7"]


def test_of_very_many_conditions_the_first_are_compared() -> None:
    """All of them, a thousand and more, took minutes."""
    equal = "if:\n" + "  - order.total >= 80 EUR\n" * 1600

    told = found(a_folder(a_rule("order.placed", more=equal)))
    assert len(told) == MOST_PARTS - 1
    assert set(told) <= {f"J12 {line}" for line in range(7, 7 + MOST_PARTS)}
