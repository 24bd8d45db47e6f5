"""Attempts inside workflow tasks: what they are told, and while what is under way none
is offered.
"""

import asyncio
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError

from activities.messages import HELD, LASTS, Todo
from activities.prompt_slots import PromptSlots
from bench.chaos.faulty_smtp import FaultScript, SmtpFault
from engine.decisions.reason import Reason
from tests.shop import FILES, Shop, a_shop, attempt, attempt_promptly, today

AT_ONCE = 24
CASE_FIRST = """
version: 1
rules:
  - id: apology
    when: order.confirmed
    do:
      - {call: open_support_case, as: case, with: {order: order.id}}
      - {send: case, by: email, category: delivery, with: {case: case.id}}
"""


async def is_offered(shop: Shop, order: str) -> bool:
    """Whether a decision about a new message offers to try it promptly."""
    await shop.tell("order.confirmed", order={"id": order})
    todo: Todo = await shop.decide_activity(f"order:main/{order}", today())
    return todo.promptly


async def test_a_decision_offers_prompt_attempts_while_there_is_room(
    shop: Shop, order: str
) -> None:
    assert await is_offered(shop, order)


async def test_while_many_prompt_attempts_are_slow_no_more_are_offered(
    shop: Shop, order: str
) -> None:
    keys = [await shop.wanted("order.confirmed", f"{order}-{place}") for place in range(AT_ONCE)]
    shop.smtp.pause = 0.05
    slow = asyncio.gather(*(attempt_promptly(shop.send_message, key) for key in keys))
    await asyncio.sleep(0.1)

    assert not await is_offered(shop, order)
    assert await slow == ["sent"] * AT_ONCE
    assert await is_offered(shop, f"{order}-later")


async def test_attempts_outside_workflow_tasks_take_no_room(shop: Shop, order: str) -> None:
    keys = [await shop.wanted("order.confirmed", f"{order}-{place}") for place in range(AT_ONCE)]
    shop.smtp.pause = 0.1
    slow = asyncio.gather(*(attempt(shop.send_message, key) for key in keys))
    await asyncio.sleep(0.1)

    assert await is_offered(shop, order)
    await slow


async def test_while_the_mail_server_is_away_no_prompt_attempt_is_offered(
    shop: Shop, order: str
) -> None:
    shop.smtp.faults = FaultScript(*[SmtpFault.GREETING_421] * 5)
    for place in range(5):
        with pytest.raises(ApplicationError):
            await attempt(
                shop.send_message, await shop.wanted("order.confirmed", f"{order}-{place}")
            )

    assert not await is_offered(shop, order)


def test_more_effects_than_there_is_room_for_are_not_tried_promptly() -> None:
    slots = PromptSlots([])

    assert (slots.admits(AT_ONCE), slots.admits(AT_ONCE + 1)) == (True, False)


async def test_a_prompt_attempt_is_judged_at_the_journeys_now(shop: Shop, order: str) -> None:
    key = await shop.wanted("order.confirmed", order)

    assert await attempt_promptly(shop.send_message, key) == "sent"
    settled = (await shop.effect(key)).settled_at
    assert settled is not None
    assert abs((today() - settled).total_seconds()) < 60  # its worker's clock is 99 days behind


async def test_a_prompt_attempt_that_is_put_off_tells_how_long(shop: Shop, order: str) -> None:
    key = await shop.wanted("order.confirmed", order)
    shop.smtp.faults = FaultScript(SmtpFault.RCPT_451)

    with pytest.raises(ApplicationError) as failed:
        await attempt_promptly(shop.send_message, key)
    assert failed.value.next_retry_delay is not None
    assert await attempt(shop.send_message, key) == "sent"


async def test_a_message_that_reads_a_call_is_left_to_a_longer_attempt(
    create_database: Any,
) -> None:
    told = {
        **FILES,
        "journeys/all.yaml": CASE_FIRST,
        "templates/en/case.md": "---\nsubject: A\n---\n{{ case }}\n",
    }
    async with a_shop(await create_database(), told) as shop:
        await shop.tell("order.confirmed", order={"id": "A1"})
        keys = (await shop.decide("order:main/A1")).open
        (message,) = [key for kind, key in keys if kind == "send"]

        assert await attempt_promptly(shop.send_message, message) == LASTS
        assert await attempt(shop.send_message, message) == "sent"


STOPPABLE = """
version: 1
rules:
  - id: hello
    when: order.confirmed
    stop_if: review.received
    do: [{send: confirmed, by: email, category: delivery}]
"""


@pytest.mark.parametrize("how", [attempt, attempt_promptly])
async def test_what_stops_a_message_while_its_envelope_is_written_stops_it(
    create_database: Any, how: Any
) -> None:
    async with a_shop(await create_database(), {**FILES, "journeys/all.yaml": STOPPABLE}) as shop:
        await shop.tell("order.confirmed", order={"id": "A1"})
        ((_, key),) = (await shop.decide("order:main/A1")).open
        shop.smtp.pause = 0.3
        going = asyncio.create_task(how(shop.send_message, key))
        await asyncio.sleep(0.4)
        assert (await shop.effect(key)).state == "claimed"

        await shop.tell("review.received", order={"id": "A1"}, review={"id": "R1", "stars": 1})
        assert await going == HELD
        assert ((await shop.effect(key)).reason, shop.smtp.kept) == (Reason.STOPPED_BY, [])
