"""The shop's own system, a real server on loopback, carries the shipped actions out."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from temporalio.exceptions import ApplicationError

from activities.actions.registry import ActionContext
from activities.actions.shipped.orders import Refund, refund
from activities.actions.shipped.returns import Return, create_return_label
from activities.actions.shop_system import ShopSystem
from activities.call import CallActivity
from engine.catalog.values import Money
from engine.decisions.effects import ActionCall
from tests.shop import Shop, attempt
from tests.web.serving import port_of, running

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CONTEXT = ActionContext("order:main/Ä1/rule/A1/refund/0", NOON, "main", "A1", "C1")
FIVE = Refund(order="A1", amount=Money(500, "EUR"))


class AnsweringDesk:
    """Answers in turn, the last one for good, and keeps what it was asked."""

    def __init__(self, *answers: Response) -> None:
        self.answers, self.asked, self.headers = list(answers), [], []  # type: ignore[var-annotated]  # of JSON and of headers

    async def take(self, request: Request) -> Response:
        self.asked.append(await request.json())
        self.headers.append(dict(request.headers))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@asynccontextmanager
async def a_system(desk: AnsweringDesk) -> AsyncIterator[ShopSystem]:
    async with running(Starlette(routes=[Route("/purna", desk.take, methods=["POST"])])) as server:
        system = ShopSystem(f"http://127.0.0.1:{port_of(server)}/purna", "a token")
        try:
            yield system
        finally:
            await system.close()


async def asked(answer: Response, wish: Any = FIVE, action: Any = refund) -> Any:
    """What an action answers when the shop answers so."""
    async with a_system(AnsweringDesk(answer)) as system:
        context = ActionContext(
            CONTEXT.key, NOON, "main", "A1", "C1", partial(system.ask, action.__name__, CONTEXT)
        )
        return await action(wish, context)


async def test_the_shop_is_told_everything_once_under_a_key_of_its_own() -> None:
    desk = AnsweringDesk(JSONResponse({"amount": "4.50 EUR"}))
    async with a_system(desk) as system:
        for _ in range(2):
            assert await system.ask("refund", CONTEXT, FIVE) == {"amount": "4.50 EUR"}

    assert desk.asked[0] == {
        "action": "refund", "key": CONTEXT.key, "at": "2026-03-02T12:00:00.000000Z", "shop": "main",
        "order": "A1",
        "customer": "C1", "with": {"order": "A1", "amount": "5.00 EUR"},
    }  # fmt: skip
    assert desk.headers[0]["authorization"] == "Bearer a token"
    assert len({one["idempotency-key"] for one in desk.headers}) == 1


async def test_what_the_shop_answers_is_the_result() -> None:
    assert (await asked(JSONResponse({"amount": "4.50 EUR"}))).amount == Money(450, "EUR")


async def test_what_the_shop_leaves_out_is_what_was_asked_for() -> None:
    assert (await asked(Response(status_code=204))).amount == Money(500, "EUR")


async def test_what_only_the_shop_knows_is_unknown_until_it_says_so() -> None:
    told = Return.model_validate({"return": "R1"})

    assert (await asked(JSONResponse({}), told, create_return_label)).url is None


@pytest.mark.parametrize("status", [400, 404, 422])
async def test_a_refusal_is_for_good(status: int) -> None:
    with pytest.raises(ApplicationError, match=str(status)) as failed:
        await asked(Response(status_code=status))
    assert failed.value.non_retryable


@pytest.mark.parametrize("status", [302, 401, 409, 429, 500, 503])
async def test_trouble_is_not(status: int) -> None:
    with pytest.raises(ApplicationError, match=str(status)) as failed:
        await asked(Response(status_code=status, headers={"Retry-After": "90"}))
    assert not failed.value.non_retryable
    assert failed.value.next_retry_delay == timedelta(seconds=90)


async def test_a_shop_that_is_away_is_asked_again() -> None:
    system = ShopSystem("http://127.0.0.1:9/", "")
    with pytest.raises(ApplicationError, match="does not answer") as failed:
        await system.ask("refund", CONTEXT, FIVE)
    await system.close()
    assert not failed.value.non_retryable


@pytest.mark.parametrize(
    "answer", [JSONResponse([]), Response("done"), JSONResponse({"amount": "a lot"})]
)
async def test_an_answer_that_makes_no_sense_ends_the_call(answer: Response) -> None:
    with pytest.raises(ApplicationError, match="the shop's system answered no") as failed:
        await asked(answer)
    assert failed.value.non_retryable


async def test_a_call_of_a_rule_reaches_the_shop(shop: Shop, order: str) -> None:
    desk = AnsweringDesk(JSONResponse({"id": "DESK-7"}))
    key = await shop.wanted("review.received", order, review={"id": f"R{order}", "stars": 1})
    async with a_system(desk) as system:
        assert await attempt(CallActivity(shop.store, shop.registry, system).call, key) == "done"

    effect = await shop.effect(key)
    assert isinstance(effect, ActionCall)
    assert effect.result == {"id": "DESK-7"}
    assert (desk.asked[0]["action"], desk.asked[0]["with"]) == (
        "open_support_case",
        {"order": order, "stars": 1},
    )


async def test_the_log_does_not_tell_the_address_which_may_hold_a_password() -> None:
    desk = AnsweringDesk(Response(status_code=204))
    code = """
import asyncio, sys
from process.logs import configure_logs
from activities.actions.shop_system import ShopSystem
from tests.activities.actions.test_shop_system import CONTEXT, FIVE

async def ask():
    configure_logs()
    system = ShopSystem(sys.argv[1], "geheim")
    await system.ask("refund", CONTEXT, FIVE)
    await system.close()

asyncio.run(ask())
"""
    async with running(Starlette(routes=[Route("/purna", desk.take, methods=["POST"])])) as server:
        url = f"http://purna:geheim@127.0.0.1:{port_of(server)}/purna?key=geheim"
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", code, url, stdout=-1, stderr=-2
        )
        told, _ = await process.communicate()

    assert len(desk.asked) == 1
    assert b"geheim" not in told
