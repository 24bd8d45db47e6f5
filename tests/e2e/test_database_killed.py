"""PostgreSQL is killed: what was accepted is kept, who comes meanwhile is asked to come back, then
all goes on.
"""

import asyncio

import httpx

from tests.e2e.running_shop import RunningShop
from tests.e2e.stories import NoonCustomer, a_customer, an_order, today

_TOLD = 40


async def test_what_was_accepted_is_kept_and_everything_resumes_by_itself(
    running: RunningShop,
) -> None:
    orders = {an_order(): a_customer() for _ in range(_TOLD)}
    posting = asyncio.create_task(_all_posted(running, orders))
    await asyncio.sleep(1)
    running.parts.kill("PostgreSQL")
    refused = await posting

    assert refused
    assert {answer.status_code for answer in refused} == {503}
    assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)
    await running.settled(within=15)
    said = {order: running.subjects(customer) for order, customer in orders.items()}
    assert said == {order: [f"We have your order {order}"] for order in orders}


async def _all_posted(
    running: RunningShop, orders: dict[str, NoonCustomer]
) -> list[httpx.Response]:
    """Tell of one order after the other, each until it is accepted; answers what was answered
    otherwise.
    """
    refused = []
    async with asyncio.timeout(1 + 15):
        for order, customer in orders.items():
            event = customer.event("order.confirmed", today(), order={"id": order})
            while (answer := await running.post(event)).status_code != httpx.codes.ACCEPTED:
                refused.append(answer)
            await asyncio.sleep(0.05)
    return refused
