"""One message on the real ledger and a mail server that fails as it is told to."""

import asyncio
import time
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.call import CallActivity
from activities.channels.letters import Letters
from activities.messages import HELD
from activities.send_message import SendMessage
from bench.chaos.faulty_smtp import FaultScript, SmtpFault
from engine.decisions.reason import Reason
from engine.language.reader import read_ruleset
from tests.shop import ANA, FILES, LINKS, Shop, attempt, today


async def send(shop: Shop, key: str, **later: float) -> str:
    return await attempt(shop.send_message, key, **later)


async def fails(shop: Shop, key: str, **later: float) -> ApplicationError:
    with pytest.raises(ApplicationError) as failed:
        await send(shop, key, **later)
    assert not failed.value.non_retryable
    return failed.value


def received(shop: Shop, place: int = 0) -> EmailMessage:
    return message_from_bytes(
        shop.smtp.kept[place].content, _class=EmailMessage, policy=policy.default
    )


async def test_a_message_is_sent_and_settled(shop: Shop, order: str) -> None:
    key = await shop.wanted("order.confirmed", order)

    assert await send(shop, key) == "sent"
    assert (await shop.effect(key)).state == "sent"
    assert (shop.smtp.kept[0].recipient, received(shop)["Subject"]) == (
        "ana@example.org",
        f"Order {order}",
    )


async def test_a_message_that_was_sent_is_not_sent_again(shop: Shop, order: str) -> None:
    key = await shop.wanted("order.confirmed", order)
    await send(shop, key)

    assert await send(shop, key) == "sent"
    assert len(shop.smtp.kept) == 1


async def test_many_attempts_at_once_send_one_message(shop: Shop, order: str) -> None:
    key = await shop.wanted("order.confirmed", order)

    await asyncio.gather(*(send(shop, key) for _ in range(5)), return_exceptions=True)
    assert len(shop.smtp.kept) == 1
    assert (await shop.effect(key)).state == "sent"


async def test_what_became_untrue_is_dropped(shop: Shop, order: str) -> None:
    key = await shop.wanted("order.confirmed", order)
    await shop.tell("order.cancelled", order={"id": order})

    assert await send(shop, key) == "dropped"
    assert shop.smtp.kept == []


async def test_what_is_too_late_is_dropped(shop: Shop, order: str) -> None:
    key = await shop.wanted("order.confirmed", order)

    assert await send(shop, key, days=8) == "dropped"
    assert (await shop.effect(key)).reason == Reason.EXPIRED


async def test_a_message_without_a_customer_is_held(shop: Shop, order: str) -> None:
    key = await shop.wanted("order.confirmed", order, customer={})

    assert await send(shop, key) == HELD


async def test_what_changes_at_the_last_moment_stops_the_content(shop: Shop, order: str) -> None:
    key = await shop.wanted("order.confirmed", order)
    may_leave = shop.store.ledger.may_leave

    async def cancelled_meanwhile(*asked: object) -> bool:
        await shop.tell("order.cancelled", order={"id": order})
        return await may_leave(*asked)  # type: ignore[arg-type]  # what the real one takes

    shop.store.ledger.may_leave = cancelled_meanwhile  # type: ignore[method-assign,assignment]  # a moment nobody can hit from outside
    assert await send(shop, key) == HELD
    assert ((await shop.effect(key)).state, shop.smtp.kept) == ("dropped", [])


@pytest.mark.parametrize(
    "fault",
    [
        SmtpFault.GREETING_421,
        SmtpFault.MAIL_452,
        SmtpFault.RCPT_451,
        SmtpFault.DATA_DROP,
        SmtpFault.CONTENT_451,
    ],
)
async def test_what_was_not_taken_is_tried_again(shop: Shop, order: str, fault: SmtpFault) -> None:
    shop.smtp.faults = FaultScript(fault)
    key = await shop.wanted("order.confirmed", order)

    assert (await fails(shop, key)).next_retry_delay == timedelta(milliseconds=200)
    assert (await shop.effect(key)).state == "claimed"
    assert await send(shop, key) == "sent"


async def test_a_dead_address_is_never_used_again(shop: Shop, order: str) -> None:
    shop.smtp.faults = FaultScript(SmtpFault.RCPT_550_UNKNOWN)
    gone = {"id": "gone", "email": "gone@example.org", "first_name": "Gone"}
    key = await shop.wanted("order.confirmed", order, customer=gone)

    assert await send(shop, key) == "refused"
    key = await shop.wanted("order.confirmed", f"{order}-2", customer=gone)
    assert await send(shop, key) == "dropped"
    effect = await shop.effect(key)
    assert (effect.reason, effect.reason_by) == (Reason.NO_CHANNEL, "email: dead address")


async def test_a_mailbox_that_is_full_three_times_is_not_used_again(shop: Shop, order: str) -> None:
    shop.smtp.faults = FaultScript(*[SmtpFault.RCPT_552_FULL] * 3)
    full = {"id": "full", "email": "full@example.org", "first_name": "Full"}
    for number in range(3):
        key = await shop.wanted("order.confirmed", f"{order}-{number}", customer=full)
        assert await send(shop, key) == "refused"

    key = await shop.wanted("order.confirmed", f"{order}-3", customer=full)
    assert await send(shop, key) == "dropped"
    effect = await shop.effect(key)
    assert (effect.reason, effect.reason_by) == (Reason.NO_CHANNEL, "email: dead address")


async def test_a_mailbox_that_is_full_for_now_counts_once_for_each_message(
    shop: Shop, order: str
) -> None:
    full = {"id": "now", "email": "now@example.org", "first_name": "Full"}
    for number in range(3):
        shop.smtp.faults = FaultScript(*[SmtpFault.RCPT_452_FULL] * 3)
        key = await shop.wanted("order.confirmed", f"{order}-{number}", customer=full)
        for _ in range(3 if number < 2 else 1):
            await fails(shop, key)
        assert len(await shop.store.addresses.bounces("NOW@example.org")) == number + 1

    assert await send(shop, key) == "dropped"
    effect = await shop.effect(key)
    assert (effect.reason, effect.reason_by) == (Reason.NO_CHANNEL, "email: dead address")


async def test_a_refusal_that_is_no_utf_8_is_kept(shop: Shop, order: str) -> None:
    shop.smtp.faults = FaultScript(SmtpFault.CONTENT_550_LATIN)
    key = await shop.wanted("order.confirmed", order)

    assert await send(shop, key) == "refused"
    assert (await shop.effect(key)).reason_by == "550 bo\ufffd\ufffdte pleine"


async def test_a_refused_message_leaves_the_address_alone(shop: Shop, order: str) -> None:
    shop.smtp.faults = FaultScript(SmtpFault.CONTENT_554)
    key = await shop.wanted("order.confirmed", order)

    assert await send(shop, key) == "refused"
    assert await send(shop, await shop.wanted("order.confirmed", f"{order}-2")) == "sent"


async def test_a_server_that_refuses_us_waits_for_a_person_as_long_as_the_settings_say(
    shop: Shop, order: str
) -> None:
    shop.smtp.faults = FaultScript(SmtpFault.MAIL_550)
    key = await shop.wanted("order.confirmed", order)

    assert await send(shop, key) == HELD
    effect = await shop.effect(key)
    assert effect.state == "held"
    assert effect.held_until is not None
    assert timedelta(minutes=19) < effect.held_until - today() <= timedelta(minutes=20)


@pytest.mark.parametrize(
    "fault", [SmtpFault.TAKE_AND_DROP, SmtpFault.DROP_AFTER_DOT, SmtpFault.TAKE_AND_HANG]
)
async def test_a_courtesy_of_which_nobody_knows_is_never_sent_again(
    shop: Shop, order: str, fault: SmtpFault
) -> None:
    shop.smtp.faults = FaultScript(fault)
    key = await shop.wanted("order.confirmed", order)

    await fails(shop, key)
    assert await send(shop, key) == "uncertain"
    assert len(shop.smtp.kept) == (fault is not SmtpFault.DROP_AFTER_DOT)


async def test_an_essential_one_of_which_nobody_knows_is_sent_once_more_under_its_id(
    shop: Shop, order: str
) -> None:
    shop.smtp.faults = FaultScript(SmtpFault.TAKE_AND_DROP, SmtpFault.TAKE_AND_DROP)
    key = await shop.wanted("order.cancelled", order)

    await fails(shop, key)
    await fails(shop, key)
    assert await send(shop, key) == "uncertain"
    assert len(shop.smtp.kept) == 2
    assert received(shop, 0)["Message-ID"] == received(shop, 1)["Message-ID"]


async def test_a_resend_is_written_under_the_revision_of_the_first(shop: Shop, order: str) -> None:
    shop.smtp.faults = FaultScript(SmtpFault.TAKE_AND_DROP)
    key = await shop.wanted("order.cancelled", order)
    await fails(shop, key)
    other = {**FILES, "templates/en/cancelled.md": "---\nsubject: Other words\n---\nOther.\n"}
    await shop.store.rulesets.publish(
        read_ruleset(other, shop.registry.specs()), "test", "test", today()
    )

    assert await send(shop, key) == "sent"
    assert received(shop, 1)["Subject"] == "Cancelled"


async def test_while_the_server_is_away_not_even_the_database_is_asked(
    shop: Shop, order: str
) -> None:
    key = await shop.wanted("order.confirmed", order)
    await shop.smtp.stop()
    for _ in range(5):
        await fails(shop, key)

    await shop.store.pool.close()
    assert "away" in (await fails(shop, key)).message


@pytest.mark.parametrize(("tries", "seconds"), [(1, 5), (2, 10), (3, 15), (400, 15)])
async def test_the_longer_the_server_is_away_the_less_often_it_is_tried(
    shop: Shop, order: str, tries: int, seconds: float
) -> None:
    key = await shop.wanted("order.confirmed", order)
    await shop.smtp.stop()
    for _ in range(5):
        await fails(shop, key)

    environment = ActivityEnvironment()
    environment.info = replace(environment.info, attempt=tries)
    with pytest.raises(ApplicationError, match="away") as failure:
        await environment.run(shop.send_message, key)
    assert failure.value.next_retry_delay == timedelta(seconds=seconds)


async def test_a_template_that_cannot_be_filled_is_an_error_and_no_retry(
    shop: Shop, order: str
) -> None:
    nameless, then = (
        {"id": "nameless", "email": "x@example.org"},
        today() - timedelta(days=3, minutes=1),
    )
    await shop.tell("consent.given", then, customer=nameless, consent={"category": "review"})
    key = await shop.wanted("order.delivered", order, then, customer=nameless)

    assert await send(shop, key) == "dropped"
    effect = await shop.effect(key)
    assert (effect.reason, effect.reason_by) == (
        Reason.ERROR,
        "templates/en/review_request.md (body): 'first_name' is unknown",
    )


async def test_what_was_sent_is_written_down_though_the_database_was_away(
    shop: Shop, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, change, tries = await shop.wanted("order.confirmed", order), shop.store.ledger.change, []

    async def away_at_first(*told: Any) -> bool:
        tries.append(told)
        if len(tries) == 1:
            raise ConnectionError("away")
        return await change(*told)

    monkeypatch.setattr(shop.store.ledger, "change", away_at_first)
    assert await send(shop, key) == "sent"
    assert ((await shop.effect(key)).state, len(tries)) == ("sent", 2)


async def test_what_cannot_be_written_down_within_the_lease_is_left_to_the_next_attempt(
    shop: Shop, order: str
) -> None:
    key = await shop.wanted("order.confirmed", order)
    shop.store.ledger.lease = 1.0

    async def away(*_asked: object) -> bool:
        raise OSError("away")

    shop.store.ledger.change = away  # type: ignore[method-assign,assignment]  # so that it is away in time
    began = time.monotonic()

    assert "could not be written down" in str(await fails(shop, key))
    assert time.monotonic() - began < 20


async def test_a_message_on_a_channel_without_a_provider_is_dropped(shop: Shop, order: str) -> None:
    key = await shop.wanted("order.confirmed", order)

    assert (
        await attempt(
            SendMessage(
                shop.store, {}, Letters(LINKS), CallActivity(shop.store, shop.registry).run
            ).send_message,
            key,
        )
        == "dropped"
    )
    effect = await shop.effect(key)
    assert (effect.reason, effect.reason_by) == (Reason.NO_CHANNEL, "email: no provider")


async def test_a_message_that_has_begun_is_finished_though_its_attempt_is_cancelled(
    shop: Shop, order: str
) -> None:
    key, may_leave, asked = (
        await shop.wanted("order.confirmed", order),
        shop.store.ledger.may_leave,
        asyncio.Event(),
    )

    async def slow(*told: Any) -> bool:
        asked.set()
        await asyncio.sleep(0.2)
        return await may_leave(*told)

    shop.store.ledger.may_leave = slow  # type: ignore[method-assign,assignment]  # so that the cancellation comes in time
    sending = asyncio.create_task(send(shop, key))
    await asked.wait()
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert ((await shop.effect(key)).state, len(shop.smtp.kept)) == ("sent", 1)


async def test_a_failure_names_no_customer(shop: Shop, order: str) -> None:
    shop.smtp.faults = FaultScript(SmtpFault.RCPT_451)
    key = await shop.wanted("order.confirmed", order)

    failure = await fails(shop, key)
    assert ANA["email"] not in failure.message
    assert failure.__suppress_context__
