"""What awaits a call's answer on the real ledger, with attempts that die between any two steps."""

import asyncio
from collections.abc import AsyncIterator
from itertools import count

import pytest
from pydantic import BaseModel
from temporalio.exceptions import ApplicationError

from activities.actions.registry import ActionContext, Parameters, Registry
from activities.call import CallActivity
from engine.decisions.reason import Reason
from tests.shop import FILES, Shop, a_shop, attempt

_RULES = """
version: 1
rules:
  - id: pay-back
    when: order.cancelled
    do:
      - {call: refund, as: paid, with: {order: order.id}}
      - {call: refund, as: more, with: {order: order.id}}
      - {call: tell_team, with: {text: paid.amount}, only_if: more.amount is known}
"""
_ORDERS = count(1)


class Wish(Parameters):
    order: str


class PaidBack(BaseModel):
    amount: str


class Text(Parameters):
    text: str


class RefundDesk:
    """A registry whose refunds fail if they are told to, and which notes what the team was told."""

    def __init__(self, *failing: str) -> None:
        self.registry, self.told = Registry(), list[str]()
        self.failing = failing
        self.registry.action("refund")(self.refund)
        self.registry.action("tell_team")(self.tell_team)

    async def refund(self, _: Wish, context: ActionContext) -> PaidBack:
        if context.key.endswith(self.failing or ("?",)):
            raise ApplicationError("no money", non_retryable=True)
        return PaidBack(amount=f"{len(self.told) + 25} EUR")

    async def tell_team(self, text: Text, _: ActionContext) -> None:
        self.told.append(text.text)
        if len(self.told) == 1:
            raise ConnectionError("away")


@pytest.fixture
async def shop(fresh_database: str) -> AsyncIterator[Shop]:
    async with a_shop(fresh_database, {**FILES, "journeys/all.yaml": _RULES}) as shop:
        yield shop


@pytest.fixture
async def journey(shop: Shop) -> str:
    """That of an order which no other test has, and which was cancelled."""
    order = f"A{next(_ORDERS)}"
    await shop.tell("order.cancelled", order={"id": order})
    return f"order:main/{order}"


async def opened(shop: Shop, journey: str) -> list[str]:
    return [key for _, key in (await shop.decide(journey)).open]


async def test_what_reads_two_results_is_open_when_both_are_there(shop: Shop, journey: str) -> None:
    desk = RefundDesk()
    first, second = await opened(shop, journey)

    await attempt(CallActivity(shop.store, desk.registry).call, first)
    assert await opened(shop, journey) == [second]
    await attempt(CallActivity(shop.store, desk.registry).call, second)
    assert journey in [one for one, _ in await shop.store.nudges.take()]
    (third,) = await opened(shop, journey)
    assert third.endswith("/0.2/tell_team")


async def test_calls_that_end_at_once_leave_nothing_waiting(shop: Shop, journey: str) -> None:
    call = CallActivity(shop.store, RefundDesk().registry).call

    await asyncio.gather(*(attempt(call, key) for key in await opened(shop, journey)))
    assert len(await opened(shop, journey)) == 1


async def test_every_attempt_says_the_same(shop: Shop, journey: str) -> None:
    desk = RefundDesk()
    call = CallActivity(shop.store, desk.registry).call
    for key in await opened(shop, journey):
        await attempt(call, key)
    (third,) = await opened(shop, journey)

    with pytest.raises(ConnectionError):
        await attempt(call, third)
    assert await opened(shop, journey) == [third]
    assert await attempt(call, third) == "done"
    assert desk.told == ["25.00 EUR", "25.00 EUR"]
    assert (await shop.effect(third)).arguments == {"text": "25.00 EUR"}


async def test_what_reads_a_result_that_failed_ends_with_error(shop: Shop, journey: str) -> None:
    desk = RefundDesk("/0.1/refund")
    call = CallActivity(shop.store, desk.registry).call
    for key in await opened(shop, journey):
        await attempt(call, key)
    (third,) = await opened(shop, journey)

    assert await attempt(call, third) == "dropped"
    assert ((await shop.effect(third)).reason, desk.told) == (Reason.ERROR, [])
