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
  - id: ask-twice
    when: order.cancelled
    do:
      - {call: open_support_case, as: first, with: {order: order.id}}
      - {call: open_support_case, as: second, with: {order: order.id}}
      - {call: tell_team, with: {text: first.id}, only_if: second.id is known}
"""
_ORDERS = count(1)


class Wish(Parameters):
    order: str


class Opened(BaseModel):
    id: str


class Text(Parameters):
    text: str


class CaseDesk:
    """A registry whose cases fail if they are told to, and which notes what the team was told."""

    def __init__(self, *failing: str) -> None:
        self.registry, self.told = Registry(), list[str]()
        self.failing = failing
        self.registry.action("open_support_case")(self.open_case)
        self.registry.action("tell_team")(self.tell_team)

    async def open_case(self, _: Wish, context: ActionContext) -> Opened:
        if context.key.endswith(self.failing or ("?",)):
            raise ApplicationError("no desk", non_retryable=True)
        return Opened(id=f"case {len(self.told) + 25}")

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
    desk = CaseDesk()
    first, second = await opened(shop, journey)

    await attempt(CallActivity(shop.store, desk.registry).call, first)
    assert await opened(shop, journey) == [second]
    await attempt(CallActivity(shop.store, desk.registry).call, second)
    assert journey in [one for one, _ in await shop.store.nudges.take()]
    (third,) = await opened(shop, journey)
    assert third.endswith("/0.2/tell_team")


async def test_calls_that_end_at_once_leave_nothing_waiting(shop: Shop, journey: str) -> None:
    call = CallActivity(shop.store, CaseDesk().registry).call

    await asyncio.gather(*(attempt(call, key) for key in await opened(shop, journey)))
    assert len(await opened(shop, journey)) == 1


async def test_every_attempt_says_the_same(shop: Shop, journey: str) -> None:
    desk = CaseDesk()
    call = CallActivity(shop.store, desk.registry).call
    for key in await opened(shop, journey):
        await attempt(call, key)
    (third,) = await opened(shop, journey)

    with pytest.raises(ConnectionError):
        await attempt(call, third)
    assert await opened(shop, journey) == [third]
    assert await attempt(call, third) == "done"
    assert desk.told == ["case 25", "case 25"]
    assert (await shop.effect(third)).arguments == {"text": "case 25"}


async def test_what_reads_a_result_that_failed_ends_with_error(shop: Shop, journey: str) -> None:
    desk = CaseDesk("/0.1/open_support_case")
    call = CallActivity(shop.store, desk.registry).call
    for key in await opened(shop, journey):
        await attempt(call, key)
    (third,) = await opened(shop, journey)

    assert await attempt(call, third) == "dropped"
    assert ((await shop.effect(third)).reason, desk.told) == (Reason.ERROR, [])
