from engine.scenarios.coverage import Point, covered
from tests.engine.scenarios.shop import RULESET, a_ruleset, played


def test_a_rule_that_acted_is_covered() -> None:
    coverage = covered(
        RULESET, [played("- {at: 0h, event: shipment.shipped}\n- {at: 0h, expect: nothing}")]
    )

    assert coverage.hits[Point("rule", "shipped")] == 1
    assert coverage.hits[Point("gate", "delivery", "sent")] == 1
    assert coverage.hits[Point("rule", "cheer")] == 0


def test_a_condition_that_held_a_rule_back_is_covered() -> None:
    one = played(
        "- {at: 0h, event: review.received, review: {stars: 4}}\n- {at: 0h, expect: nothing}"
    )

    assert covered(RULESET, [one]).hits[Point("branch", "gift", "if does not hold")] == 1


def test_an_event_that_stopped_a_rule_is_covered() -> None:
    one = played("""
        - {at: 0h, event: order.delivered}
        - {at: 1h, event: order.cancelled}
        - {at: 2 days, expect: nothing}
    """)

    assert covered(RULESET, [one]).hits[Point("stop", "cheer", "order.cancelled")] == 1


def test_only_outcomes_that_a_category_can_have_are_counted() -> None:
    points = covered(RULESET, []).hits

    assert Point("gate", "delivery", "capped") not in points
    assert {Point("gate", "sales", "capped"), Point("gate", "sales", "holdout")} <= points.keys()


def test_a_rule_that_is_off_need_not_be_tested() -> None:
    rules = (
        a_ruleset()
        .files["journeys/all.yaml"]
        .replace("id: quiet\n", 'id: quiet\n    mode: "off"\n')
    )
    points = covered(a_ruleset(**{"journeys/all.yaml": rules}), []).hits

    assert Point("rule", "quiet") not in points


def test_nothing_tested_is_nothing_covered() -> None:
    coverage = covered(RULESET, [])

    assert coverage.percent == 0
    assert "  not tested   cheer: order.cancelled" in list(coverage.lines())
