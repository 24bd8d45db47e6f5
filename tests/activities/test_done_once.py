"""An action of a shop's own that is done once of a thing, on the real ledger."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import BaseModel
from temporalio.exceptions import ApplicationError

from activities.actions.registry import ActionContext, Parameters, Registry
from engine.decisions.effects import Effect
from engine.decisions.reason import Reason
from tests.shop import FILES, Shop, a_shop, attempt, today

RULES = {
    **FILES,
    "journeys/all.yaml": """
version: 1
rules:
  - id: late
    when: order.delivered
    do: [{call: pay_bonus, with: {order: order.id, amount: 5 EUR}}]
  - id: sorry
    when: review.received
    do: [{call: pay_bonus, with: {order: order.id, amount: 9 EUR}}]
  - id: thanks
    when: loyalty.tier_changed
    once_per: event
    do: [{call: pay_bonus, with: {customer: customer.id, amount: 1 EUR}}]
""",
}


class Bonus(Parameters):
    order: str | None = None
    customer: str | None = None
    amount: str


class Paid(BaseModel):
    amount: str


class Bank:
    """Pays, but for the failures that are left."""

    def __init__(self) -> None:
        self.paid: list[str] = []
        self.failures: list[Exception] = []
        self.registry = Registry()
        self.registry.action("pay_bonus", once=("order", "customer"))(self.pay)

    async def pay(self, bonus: Bonus, _: ActionContext) -> Paid:
        """Pay a bonus."""
        if self.failures:
            raise self.failures.pop(0)
        self.paid.append(bonus.amount)
        return Paid(amount=bonus.amount)


@pytest.fixture
def bank() -> Bank:
    return Bank()


@pytest.fixture
async def shop(create_database: Any, bank: Bank) -> AsyncIterator[Shop]:
    async with a_shop(await create_database(), RULES, bank.registry) as shop:
        yield shop


async def late(shop: Shop, order: str = "A1") -> str:
    return await shop.wanted("order.delivered", order)


async def sorry(shop: Shop, order: str = "A1") -> str:
    return await asked(shop, "review.received", order=order, review={"id": "V", "stars": 1})


async def asked(shop: Shop, kind: str, order: str, **things: Any) -> str:
    """The key of the newest effect of an order's journey."""
    known = {one.key for one in await shop.store.inquiries.effects()}
    await shop.tell(kind, order={"id": order}, **things)
    await shop.decide(f"order:main/{order}")
    (key,) = {one.key for one in await shop.store.inquiries.effects()} - known
    return key


async def again(shop: Shop, key: str, **later: float) -> Effect:
    """One attempt of a call that waits, once its time has come."""
    held = await shop.effect(key)
    assert held.held_until is not None
    await shop.decide(held.firing.journey, held.held_until)
    await attempt(shop.call, key, **later)
    return await shop.effect(key)


async def test_what_has_been_done_of_an_order_is_not_done_again(shop: Shop, bank: Bank) -> None:
    first = await late(shop)
    await attempt(shop.call, first)

    second = await sorry(shop)
    assert await attempt(shop.call, second) == "dropped"
    row = await shop.effect(second)
    assert (row.reason, row.reason_by, bank.paid) == (Reason.ALREADY_DONE, first, ["5.00 EUR"])


async def test_it_is_done_of_another_order(shop: Shop, bank: Bank) -> None:
    for key in (await late(shop), await late(shop, "A2")):
        await attempt(shop.call, key)
    assert bank.paid == ["5.00 EUR", "5.00 EUR"]


async def test_while_another_one_is_about_to_do_it_a_call_waits(shop: Shop, bank: Bank) -> None:
    first = await late(shop)
    bank.failures = [ConnectionError("away")]
    with pytest.raises(ConnectionError):
        await attempt(shop.call, first)

    second = await sorry(shop)
    assert await attempt(shop.call, second) == "held"
    row = await shop.effect(second)
    assert (row.state, row.reason, row.reason_by) == ("held", Reason.BEING_DONE, first)
    assert row.held_until is not None
    assert 50 < (row.held_until - today()).total_seconds() < 70

    await attempt(shop.call, first)
    row = await again(shop, second, minutes=2)
    assert (row.state, row.reason, bank.paid) == ("dropped", Reason.ALREADY_DONE, ["5.00 EUR"])


async def test_where_the_other_one_fails_it_is_done_after_all(shop: Shop, bank: Bank) -> None:
    first = await late(shop)
    bank.failures = [ConnectionError("away"), ApplicationError("closed", non_retryable=True)]
    with pytest.raises(ConnectionError):
        await attempt(shop.call, first)
    second = await sorry(shop)
    await attempt(shop.call, second)

    assert await attempt(shop.call, first) == "failed"
    assert (await again(shop, second, minutes=2)).state == "done"
    assert bank.paid == ["9.00 EUR"]


async def test_the_longer_the_other_one_takes_the_more_rarely_it_is_asked(
    shop: Shop, bank: Bank
) -> None:
    first = await late(shop)
    bank.failures = [ConnectionError("away")]
    with pytest.raises(ConnectionError):
        await attempt(shop.call, first)
    second = await sorry(shop)
    await attempt(shop.call, second)

    row = await again(shop, second, minutes=20)
    assert row.held_until is not None
    assert 39 < (row.held_until - today()).total_seconds() / 60 < 41
    row = await again(shop, second, hours=30)
    assert row.held_until is not None
    assert 30.9 < (row.held_until - today()).total_seconds() / 3600 < 31.1
