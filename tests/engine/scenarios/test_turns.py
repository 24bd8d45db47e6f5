"""Stories of several shops, in which an order changes hands, or other rules are published."""

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
# One message of a week for each shop: the cap of one does not know the other's.
TWO_SHOPS = """
    - {at: -66h, sent: welcome, category: loyalty, shop: south}
    - {at: 0h, event: order.delivered, order: A1}
    - {at: 0h, event: order.delivered, order: B1}
    - {at: 1 day, event: review.received, order: B1, review: {stars: 1}}
    - {at: 1 day, expect: [{suppress: sales}]}
    - {at: 1 day, ask: patience, of: {order: B1}, expect: {is: 10 days}}
    - {at: 2 days, expect: [{send: cheer, order: A1}], because: {cheer: {B1: suppressed_by quiet}}}
    - {at: 4 days, event: customer.created, shop: south}
    - {at: 4 days, expect: nothing, because: {welcome: capped}}
    - {at: 7 days, expect: [{send: welcome, at: 102h}]}
"""
SHOPS = {"shops": "[north, south]", "order": "", "orders": "{A1: {}, B1: {shop: south}}"}
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


def test_what_one_shop_knows_the_other_does_not() -> None:
    assert outcome_of(TWO_SHOPS, **SHOPS) == "passed"
    one = dict(SHOPS, shops="[south, north]", orders="{A1: {}, B1: {}}")
    assert outcome_of(TWO_SHOPS, **one) == "failed"


def test_a_shop_of_a_story_is_one_of_its_shops() -> None:
    problems = problems_of("- {at: 0h, event: customer.created, shop: soth}", **SHOPS)
    assert "unknown shop soth, did you mean south? [J07]" in problems


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
