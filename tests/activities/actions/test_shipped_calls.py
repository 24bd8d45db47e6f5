"""Shipped calls as rules make them: what is attached, what is missing, and what a message reads of
their results.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from engine.decisions.reason import Reason
from tests.shop import FILES, Shop, a_shop, attempt

RULES = {
    **FILES,
    "policies.yaml": FILES["policies.yaml"]
    + "attach:\n"
    + "  - {actions: [approve_return], with: {fee: return.amount, pickup: true}}\n"
    + (
        "  - {actions: [open_support_case], with: {tier: customer.tier, history: "
        "customer.lifetime_orders}}\n"
    ),
    "journeys/all.yaml": """
version: 1
rules:
  - id: approve
    when: return.requested
    choose:
      - {if: return.reason = broken, do: [{call: approve_return, with: {return: return.id,
            fee: 0 EUR}}]}
      - {otherwise: [{call: approve_return, with: {return: return.id}}]}
  - id: inspected
    when: return.inspected
    do:
      - {call: refund, as: paid, with: {order: order.id, return: return.id}}
      - {send: paid, by: email, category: delivery, with: {amount: paid.amount},
            only_if: paid.amount > 5 EUR}
  - id: again
    when: return.refunded
    do: [{call: refund, with: {order: order.id, return: return.id}}]
  - id: cancel
    when: order.cancelled
    do:
      - {call: refund, as: paid, with: {order: order.id}}
      - {send: paid, by: email, category: delivery, with: {amount: paid.amount},
            only_if: paid.amount > 5 EUR}
  - id: unhappy
    when: review.received
    do: [{call: open_support_case, with: {tier: gold}}]
  - id: swap
    when: subscription.change_requested
    once_per: event
    do: [{call: swap_subscription, with: {subscription: subscription.id,
        product_id: subscription.product_id}}]
""",
    "templates/en/paid.md": "---\nsubject: Well\n---\n{{ amount | money }} are on their way.\n",
}


@pytest.fixture
async def shop(create_database: Any) -> AsyncIterator[Shop]:
    async with a_shop(await create_database(), RULES) as shop:
        yield shop


def a_return(**facts: str) -> dict[str, Any]:
    return {"return": facts}


async def called(shop: Shop, kind: str, **things: Any) -> Any:
    """The row of the one call that an event leads to, carried out."""
    order: dict[str, Any] = {} if "subscription" in things else {"order": {"id": "A1"}}
    await shop.tell(kind, **order, **things)
    journeys = [one.journey for one in await shop.store.journeys.woken()]
    keys = [
        key
        for journey in journeys
        for kind, key in (await shop.decide(journey)).open
        if kind == "call"
    ]
    assert len(keys) == 1
    await attempt(shop.call, keys[0])
    return await shop.effect(keys[0])


async def letter(shop: Shop, kind: str, **things: Any) -> str:
    """The message that reads the result of the call, if it left."""
    await shop.tell(kind, order={"id": "A1", **things.pop("order", {})}, **things)
    ((_, key),) = [one for one in (await shop.decide("order:main/A1")).open if one[0] == "send"]
    await attempt(shop.send_message, key)
    return "".join(one.content.decode() for one in shop.smtp.kept)


async def test_what_is_attached_is_passed_as_if_the_rule_had_said_it(shop: Shop) -> None:
    row = await called(
        shop, "return.requested", **a_return(id="R1", reason="other", amount="9 EUR")
    )

    assert (row.state, row.result) == ("done", {"noted_only": True})
    assert row.arguments == {"return": "R1", "fee": "9.00 EUR", "pickup": True}


async def test_what_the_rule_says_wins_over_what_is_attached(shop: Shop) -> None:
    row = await called(
        shop, "return.requested", **a_return(id="R1", reason="broken", amount="9 EUR")
    )

    assert row.arguments == {"return": "R1", "fee": "0.00 EUR", "pickup": True}
    assert (await called(shop, "review.received", review={"id": "V1"})).arguments["tier"] == "gold"


async def test_what_is_attached_but_unknown_is_left_out(shop: Shop) -> None:
    row = await called(shop, "return.requested", **a_return(id="R1", reason="other"))

    assert row.state == "done"
    assert "fee" not in row.arguments


async def test_a_call_does_not_run_without_a_compulsory_fact(shop: Shop) -> None:
    row = await called(shop, "return.requested", **a_return(reason="other"))

    assert (row.state, row.reason, row.reason_by) == ("dropped", Reason.FACT_UNKNOWN, "return")


async def test_a_call_runs_without_the_facts_it_may_do_without(shop: Shop) -> None:
    row = await called(shop, "subscription.change_requested", subscription={"id": "S1"})

    assert (row.state, row.arguments) == ("done", {"subscription": "S1"})


async def test_a_message_reads_a_result_as_the_money_it_is(shop: Shop) -> None:
    assert "12.50 are on their way" in await letter(
        shop, "order.cancelled", order={"total": "12.50 EUR"}
    )


async def test_a_return_is_refunded_by_its_own_worth(shop: Shop) -> None:
    told = {"order": {"total": "99 EUR"}, "return": {"id": "R1", "amount": "8 EUR"}}

    assert "8.00 are on their way" in await letter(shop, "return.inspected", **told)


async def test_a_return_is_refunded_once_whatever_rules_say(shop: Shop) -> None:
    told = {"order": {"total": "99 EUR"}, "return": {"id": "R1", "amount": "8 EUR"}}
    await letter(shop, "return.inspected", **told)

    second = await called(shop, "return.refunded", **a_return(id="R1"))
    assert (second.state, second.reason) == ("dropped", Reason.ALREADY_DONE)
    assert second.reason_by == "order:main/A1/inspected/return:R1/0.0/refund"
    assert (await called(shop, "return.refunded", **a_return(id="R2"))).state == "done"


@pytest.mark.parametrize("total", ["5 EUR", "50 USD", None])
async def test_a_result_that_is_too_little_another_currency_or_unknown_sends_nothing(
    shop: Shop, total: str | None
) -> None:
    assert await letter(shop, "order.cancelled", order={"total": total} if total else {}) == ""
