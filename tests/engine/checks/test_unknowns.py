import pytest

from tests.engine.checks.folders import a_rule, found_in


@pytest.mark.parametrize(
    "more",
    [
        "if: return.reason != too_big",
        "if: not (return.reason = too_big)",
        "if: return.reason not in [too_big, late]",
        "if: {none_of: [return.reason = too_big, order.express]}",
        "unless: {late: order.country = FR}",
        "if: not (order.express or order.country = FR)",
    ],
)
def test_an_optional_fact_that_is_denied_may_be_unknown(more: str) -> None:
    assert found_in(a_rule("return.requested", more=more)) == ["J10 6"]


@pytest.mark.parametrize(
    "more",
    [
        "if: return.reason = too_big",
        "if: [return.reason is known, return.reason != too_big]",
        "if: return.reason is unknown or return.reason != too_big",
        "if: return.reason is unknown",
        "if: customer.tier != gold",
        "if: not order.express",
        "unless: {late: [order.country is known, order.country = FR]}",
        "unless: {express: order.express}",
        "if: [order.total <= 80 EUR, order.total != 40 EUR]",
        "if: return.requested_at != order.promised_on and order.promised_on is known",
        "if: not (any order.items where item.category = shoes)",
    ],
)
def test_what_is_asked_or_has_a_default_is_left_alone(more: str) -> None:
    assert found_in(a_rule("return.requested", more=more)) == []
