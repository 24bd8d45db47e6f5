"""What was paid back, in parts, told of the order and of its returns, by the shop and its payer."""

from typing import Any

import pytest

from engine.catalog.rows import changed
from engine.facts.reversals.refunds import refunded
from tests.engine.builders import HOUR, NOON, an_event, an_order


def a_refund(amount: str, hours: int = 0, name: str | None = None, kind: str = "order") -> Any:
    data = {"refund.amount": amount} | ({"refund.id": name} if name else {})
    return an_event(f"{kind}.refunded", NOON + hours * HOUR, data=data)


def as_the_payer_says(refund: Any) -> Any:
    return changed(refund, source="payer", id=f"payer {refund.id}")


@pytest.mark.parametrize(
    ("refunds", "total"),
    [
        ([], None),
        ([an_event("order.refunded")], None),
        ([a_refund("30.00 EUR"), a_refund("50.00 EUR", 1)], "80.00 EUR"),
        ([a_refund("30.00 EUR"), a_refund("30.00 EUR")], "30.00 EUR"),
        ([a_refund("30.00 EUR", name="F1"), a_refund("30.00 EUR", 2, "F1", "return")], "30.00 EUR"),
        ([a_refund("30.00 EUR", name="F1"), a_refund("20.00 EUR", 2, "F1")], "20.00 EUR"),
        ([a_refund("30.00 EUR"), a_refund("30.00 USD", 1)], None),
        ([a_refund("30.00 EUR"), a_refund("20.00 EUR")], "50.00 EUR"),
        # Of the order and of its return, and not both times under a name.
        ([a_refund("30.00 EUR"), a_refund("30.00 EUR", 1, kind="return")], "30.00 EUR"),
        ([a_refund("30.00 EUR", name="F1"), a_refund("30.00 EUR", 1, kind="return")], "30.00 EUR"),
        ([a_refund("30.00 EUR"), a_refund("30.00 EUR", 2, kind="return")], "60.00 EUR"),
        ([a_refund("30.00 EUR"), a_refund("20.00 EUR", 1, kind="return")], "50.00 EUR"),
        (
            [a_refund("30.00 EUR", name="F1"), a_refund("30.00 EUR", 1, "F2", "return")],
            "60.00 EUR",
        ),
        # By the shop and by its payer, who name it each in their own way.
        (
            [a_refund("30.00 EUR", name="F1"), as_the_payer_says(a_refund("30.00 EUR", 1, "re_1"))],
            "30.00 EUR",
        ),
        ([a_refund("30.00 EUR"), as_the_payer_says(a_refund("30.00 EUR", 1))], "30.00 EUR"),
        (
            [
                a_refund("30.00 EUR", name="F1"),
                as_the_payer_says(a_refund("30.00 EUR", 1, "re_1", "return")),
            ],
            "30.00 EUR",
        ),
        (
            [a_refund("30.00 EUR", name="F1"), as_the_payer_says(a_refund("30.00 EUR", 2, "re_1"))],
            "60.00 EUR",
        ),
        (
            [
                a_refund("30.00 EUR", name="F1"),
                a_refund("30.00 EUR", name="F2"),
                as_the_payer_says(a_refund("30.00 EUR", 1, "re_1")),
                as_the_payer_says(a_refund("30.00 EUR", 1, "re_2")),
            ],
            "60.00 EUR",
        ),
        (
            [
                a_refund("30.00 EUR", name="F1"),
                as_the_payer_says(a_refund("30.00 EUR", 1, "re_1")),
                as_the_payer_says(a_refund("30.00 EUR", 1, "re_2")),
                as_the_payer_says(a_refund("30.00 EUR", 2, "re_1", "return")),
            ],
            "60.00 EUR",
        ),
        (
            [
                a_refund("30.00 EUR"),
                a_refund("30.00 EUR", kind="return"),
                a_refund("30.00 EUR", 3),
                a_refund("30.00 EUR", 3, kind="return"),
            ],
            "60.00 EUR",
        ),
    ],
)
def test_refunds_add_up_to_what_was_paid_back(refunds: list[Any], total: str | None) -> None:
    paid_back = refunded(an_order(*refunds))

    assert (str(paid_back) if paid_back else None) == total
    assert refunded(an_order(*reversed(refunds))) == paid_back
