"""Calls of registered actions on the real ledger."""

import asyncio
from datetime import timedelta

import pytest
from pydantic import BaseModel
from temporalio.exceptions import ApplicationError

from activities.actions.registry import ActionContext, Parameters, Registry
from activities.call import CallActivity
from engine.decisions.effects import ActionCall
from engine.decisions.reason import Reason
from tests.shop import Shop, attempt


class SupportCase(Parameters):
    order: str
    stars: int


class Opened(BaseModel):
    id: str


class SupportDesk:
    """A registry whose one action does as it is told."""

    def __init__(self, *failures: Exception, answer: str = "CASE-1") -> None:
        self.answer = answer
        self.registry, self.seen, self.failures = Registry(), [], list(failures)  # type: ignore[var-annotated]  # of contexts
        self.registry.action("open_support_case")(self.open)

    async def open(self, told: SupportCase, context: ActionContext) -> Opened:
        self.seen.append((told, context))
        if self.failures:
            raise self.failures.pop(0)
        return Opened(id=self.answer)


async def unhappy(shop: Shop, order: str, stars: int = 1) -> str:
    return await shop.wanted("review.received", order, review={"id": f"R{order}", "stars": stars})


async def test_a_call_runs_and_its_result_is_kept(shop: Shop, order: str) -> None:
    key = await unhappy(shop, order)

    assert await attempt(shop.call, key) == "done"
    effect = await shop.effect(key)
    assert isinstance(effect, ActionCall)
    assert effect.state == "done"
    assert effect.result["id"].startswith("CASE-")


async def test_the_action_is_told_for_whom_and_under_which_key(shop: Shop, order: str) -> None:
    desk, key = SupportDesk(), await unhappy(shop, order)

    await attempt(CallActivity(shop.store, desk.registry).call, key)
    told, context = desk.seen[0]
    assert told == SupportCase(order=order, stars=1)
    assert (context.key, context.shop, context.order, context.customer) == (
        key,
        "main",
        order,
        "C1",
    )


async def test_a_call_that_is_done_is_not_made_again(shop: Shop, order: str) -> None:
    desk, key = SupportDesk(), await unhappy(shop, order)

    for _ in range(2):
        assert await attempt(CallActivity(shop.store, desk.registry).call, key) == "done"
    assert len(desk.seen) == 1


async def test_a_call_is_over_whatever_its_system_answers(shop: Shop, order: str) -> None:
    desk, key = SupportDesk(answer="CASE\x00\ud800"), await unhappy(shop, order)
    refuser, other = SupportDesk(ApplicationError("no\x00!", non_retryable=True)), f"{order}-2"
    refused = await unhappy(shop, other)

    assert await attempt(CallActivity(shop.store, desk.registry).call, key) == "done"
    assert await attempt(CallActivity(shop.store, refuser.registry).call, refused) == "failed"
    effect = await shop.effect(key)
    assert isinstance(effect, ActionCall)
    assert effect.result["id"] == "CASE\ufffd\ufffd"
    assert (await shop.effect(refused)).reason_by == "no\ufffd!"


async def test_a_call_that_fails_is_repeated_under_the_same_key(shop: Shop, order: str) -> None:
    desk, key = SupportDesk(ConnectionError("away")), await unhappy(shop, order)
    call = CallActivity(shop.store, desk.registry).call

    with pytest.raises(ConnectionError):
        await attempt(call, key)
    assert await attempt(call, key) == "done"
    assert {context.key for _, context in desk.seen} == {key}


async def test_a_call_that_can_never_succeed_says_so_and_is_over(shop: Shop, order: str) -> None:
    desk, key = (
        SupportDesk(ApplicationError("account closed", non_retryable=True)),
        await unhappy(shop, order),
    )

    assert await attempt(CallActivity(shop.store, desk.registry).call, key) == "failed"
    assert (await shop.effect(key)).reason_by == "account closed"


async def test_a_call_that_asks_for_patience_is_repeated_when_it_says_and_quotes_nobody(
    shop: Shop, order: str
) -> None:
    later = ApplicationError("ana@example.org is busy", next_retry_delay=timedelta(minutes=5))
    desk, key = SupportDesk(later), await unhappy(shop, order)

    with pytest.raises(ApplicationError) as failed:
        await attempt(CallActivity(shop.store, desk.registry).call, key)
    assert failed.value.next_retry_delay == timedelta(minutes=5)
    assert failed.value.message == "open_support_case asks to be repeated"


async def test_a_call_nobody_registered_fails(shop: Shop, order: str) -> None:
    key = await unhappy(shop, order)

    assert await attempt(CallActivity(shop.store, Registry()).call, key) == "failed"
    assert (await shop.effect(key)).state == "failed"


async def test_a_parameter_of_the_wrong_kind_fails_without_its_value(
    shop: Shop, order: str
) -> None:
    class Wrong(Parameters):
        order: int
        stars: int

    async def never(told: Wrong, context: ActionContext) -> None:
        raise AssertionError(told, context)

    registry = Registry()
    registry.action("open_support_case")(never)
    key = await unhappy(shop, order)
    assert await attempt(CallActivity(shop.store, registry).call, key) == "failed"
    assert (await shop.effect(key)).reason_by == "order: int_parsing"


async def test_a_call_whose_fact_is_unknown_does_not_run(shop: Shop, order: str) -> None:
    key = await shop.wanted("shipment.lost", order, shipment={"id": "P1"})

    assert await attempt(shop.call, key) == "dropped"
    effect = await shop.effect(key)
    assert (effect.reason, effect.reason_by) == (Reason.FACT_UNKNOWN, "parcel")


async def test_attempts_at_once_keep_one_result(shop: Shop, order: str) -> None:
    key = await unhappy(shop, order)

    await asyncio.gather(*(attempt(shop.call, key) for _ in range(4)))
    assert (await shop.effect(key)).state == "done"
