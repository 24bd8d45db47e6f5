"""Stories in which an order changes hands, or other rules are published."""

from textwrap import dedent

from tests.engine.scenarios.shop import RULES, a_ruleset, outcome_of, outcome_with, problems_of

CHANGED_HANDS = """
    - {at: 0h, event: order.confirmed}
    - {at: 1h, event: order.changed, order: A1, customer: ben}
    - {at: 2h, event: shipment.shipped}
    - {at: 2h, expect: [{send: shipped, by: email, to: ben}]}
    - {at: 3h, event: order.delivered}
    - {at: 51h, expect: [{send: cheer, to: ben}]}
"""
NEXT_RULES = (
    RULES.replace("2 days after order.delivered", "3 days after order.delivered")
    + "  - {id: noted, when: shipment.lost, do: [{call: tell_team, with: {text: x}}]}\n"
)
PUBLISHED = """
    - {at: 0h, event: order.delivered}
    - {at: 1h, event: shipment.lost, shipment: P2}
    - {at: 2h, publish: next}
    - {at: 2h, expect: nothing}
    - {at: 3h, event: shipment.lost, shipment: P3}
    - {at: 3h, expect: [{call: tell_team}]}
    - {at: 2 days, expect: [{send: cheer}]}
"""


def test_an_order_that_changes_hands_is_the_new_customers_from_there() -> None:
    assert outcome_of(CHANGED_HANDS) == "passed"


def test_what_is_published_within_a_story_holds_from_there() -> None:
    folder = a_ruleset(**{"journeys/all.yaml": NEXT_RULES})

    assert outcome_with(folder, PUBLISHED) == "passed"
    assert outcome_with(folder, PUBLISHED, only="[cheer]") == "passed"
    line = "- {at: 2h, publish: next}\n"
    early = "- {at: 0h, publish: next}\n" + dedent(PUBLISHED).replace(line, "")
    assert outcome_with(folder, early) == "failed"


def test_rules_are_published_from_the_start_on() -> None:
    problems = problems_of("- {at: -1h, publish: next}\n- {at: 0h, expect: nothing}")
    assert "rules are published from the start on [J09]" in problems
    assert "other rules cannot be published here [J09]" in problems
