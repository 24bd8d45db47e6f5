"""What the shipped actions answer."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError
from structlog.testing import capture_logs

from activities.registry import ActionContext
from activities.shipped import Case, Discount, Notice, create_discount_code, open_support_case, tell_team

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CONTEXT = ActionContext("order:main/A1/rule/A1/create_discount_code/0", NOON, "main", "A1", "C1")


async def test_a_retry_creates_the_same_code() -> None:
    discount = Discount(kind="percent", valid_days=14, value=10)

    first, second = await create_discount_code(discount, CONTEXT), await create_discount_code(discount, CONTEXT)
    assert first == second
    assert first.expires_at == datetime(2026, 3, 16, 12, tzinfo=UTC)


async def test_another_firing_creates_another_code() -> None:
    discount = Discount(kind="free_shipping", valid_days=14)

    other = await create_discount_code(discount, replace(CONTEXT, key="another"))
    assert other != await create_discount_code(discount, CONTEXT)


def test_a_discount_may_be_a_sum_of_money() -> None:
    assert str(Discount.model_validate({"kind": "amount", "valid_days": 7, "value": "5 EUR"}).value) == "5.00 EUR"


@pytest.mark.parametrize("days", [0, -1, 100_000])
def test_a_code_is_valid_for_a_sensible_time(days: int) -> None:
    with pytest.raises(ValidationError):
        Discount(kind="percent", valid_days=days)


async def test_a_case_has_an_id() -> None:
    assert (await open_support_case(Case(order="A1", stars=1), CONTEXT)).id.startswith("CASE-")


async def test_the_log_says_nothing_of_what_was_passed() -> None:
    with capture_logs() as lines:
        await tell_team(Notice(text="Ana Lima, ana@example.org, is angry"), CONTEXT)

    assert "ana" not in str(lines).lower().replace("tell_team", "")
    assert lines[0]["action"] == "tell_team"
