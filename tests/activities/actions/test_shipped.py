"""What the shipped actions take, and what they answer where no system of the shop is named."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError
from structlog.testing import capture_logs

from activities.actions.registry import ActionContext, load_actions
from activities.actions.shipped.codes import Discount, create_discount_code
from activities.actions.shipped.orders import Refund, refund
from activities.actions.shipped.support import Notice, SupportCase, open_support_case, tell_team
from engine.catalog.values import Money
from tests.paths import ROOT

# As the rule language has them: a parameter in brackets may be left out.
SHIPPED = {
    "open_carrier_claim": ("parcel", "id"),
    "open_support_case": ("[order] [stars] [topic] [tier] [history] [perks]", "id"),
    "create_discount_code": ("kind valid_days [value]", "value expires_at"),
    "create_referral_code": ("valid_days", "value"),
    "recommend": ("count [order]", "items count left_out"),
    "approve_return": ("return [fee] [pickup]", ""),
    "decline_return": ("return reason", ""),
    "create_return_label": ("return", "url"),
    "book_pickup": ("return", "day"),
    "refund": ("order [return] [amount]", "amount"),
    "exchange": ("return", ""),
    "store_credit": ("return", "amount"),
    "claw_back_points": ("order", ""),
    "cancel_order": ("order", ""),
    "tell_team": ("text", ""),
    "skip_subscription": ("subscription", ""),
    "pause_subscription": ("subscription", ""),
    "resume_subscription": ("subscription", ""),
    "cancel_subscription": ("subscription", ""),
    "swap_subscription": ("subscription [product_id]", ""),
    "reschedule_subscription": ("subscription [renews_at]", ""),
}
PAGE = ROOT / "docs" / "actions.md"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CONTEXT = ActionContext("order:main/A1/rule/A1/create_discount_code/0", NOON, "main", "A1", "C1")


async def test_a_retry_creates_the_same_code() -> None:
    discount = Discount(kind="percent", valid_days=14, value=10)

    first, second = (
        await create_discount_code(discount, CONTEXT),
        await create_discount_code(discount, CONTEXT),
    )
    assert first == second
    assert first.expires_at == datetime(2026, 3, 16, 12, tzinfo=UTC)


async def test_another_firing_creates_another_code() -> None:
    discount = Discount(kind="free_shipping", valid_days=14)

    other = await create_discount_code(discount, replace(CONTEXT, key="another"))
    assert other != await create_discount_code(discount, CONTEXT)


def test_a_discount_may_be_a_sum_of_money() -> None:
    assert (
        str(Discount.model_validate({"kind": "amount", "valid_days": 7, "value": "5 EUR"}).value)
        == "5.00 EUR"
    )


@pytest.mark.parametrize("days", [0, -1, 100_000])
def test_a_code_is_valid_for_a_sensible_time(days: int) -> None:
    with pytest.raises(ValidationError):
        Discount(kind="percent", valid_days=days)


async def test_a_case_has_an_id() -> None:
    assert (await open_support_case(SupportCase(order="A1", stars=1), CONTEXT)).id.startswith(
        "CASE-"
    )


async def test_the_log_says_nothing_of_what_was_passed() -> None:
    with capture_logs() as lines:
        await tell_team(Notice(text="Ana Lima, ana@example.org, is angry"), CONTEXT)

    assert "ana" not in str(lines).lower().replace("tell_team", "")
    assert lines[0]["key"] == CONTEXT.key


def test_every_call_of_the_rule_language_is_there_with_its_parameters_and_results() -> None:
    registry = load_actions()
    told = {
        name: (
            " ".join(key if one.required else f"[{key}]" for key, one in spec.items()),
            " ".join(spec.results or ()),
        )
        for name, spec in registry.specs().items()
        if registry[name].run.__module__.startswith("activities.actions.shipped")
    }

    assert told == SHIPPED


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_a_call_has_an_example_of_what_it_answers_and_a_line_in_the_docs(name: str) -> None:
    action = load_actions()[name]
    parameters, results = SHIPPED[name]
    answers = f" → {', '.join(results.split())}" if results else ""

    assert (action.example is not None) is bool(results)
    assert (
        f"| `{name}({', '.join(parameters.split())}){answers}` | {action.signature.summary} |"
        in PAGE.read_text()
    )


async def test_a_refund_that_nobody_measured_says_no_amount() -> None:
    assert (await refund(Refund(order="A1"), CONTEXT)).amount is None


async def test_a_refund_of_a_stated_amount_is_that_amount() -> None:
    assert (await refund(Refund(order="A1", amount=Money(900, "EUR")), CONTEXT)).amount == Money(
        900, "EUR"
    )
