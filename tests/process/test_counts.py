"""What a worker counts of its decisions, messages and calls."""

import pytest
from prometheus_client import REGISTRY
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from bench.chaos.faulty_smtp import FaultScript, SmtpFault
from process import counts as metrics
from tests.shop import Shop, attempt, today


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def messages(result: str, reason: str = "", channel: str = "email") -> float:
    told = {"class": "courtesy", "channel": channel, "result": result, "reason": reason}
    return counted("purna_messages_total", **told)


async def test_a_message_that_is_sent_is_counted_by_class_and_channel(
    shop: Shop, order: str
) -> None:
    before, late = (
        messages("sent"),
        counted("purna_message_late_seconds_count", **{"class": "courtesy"}),
    )

    await attempt(shop.send_message, await shop.wanted("order.confirmed", order))

    assert messages("sent") == before + 1
    assert counted("purna_message_late_seconds_count", **{"class": "courtesy"}) == late + 1


async def test_a_message_that_a_gate_stops_is_counted_with_its_reason(
    shop: Shop, order: str
) -> None:
    key = await shop.wanted("order.confirmed", order)
    before = messages("dropped", "expired", "")

    assert await attempt(shop.send_message, key, days=9) == "dropped"

    assert messages("dropped", "expired", "") == before + 1


async def test_a_reply_that_never_comes_is_counted(shop: Shop, order: str) -> None:
    key = await shop.wanted("order.confirmed", order)
    before = counted("purna_uncertain_total")
    shop.smtp.faults = FaultScript(SmtpFault.TAKE_AND_DROP)

    with pytest.raises(ApplicationError):
        await attempt(shop.send_message, key)

    assert counted("purna_uncertain_total") == before + 1
    assert messages("put_off") >= 1


async def test_a_decision_is_counted_by_rule_and_reason(shop: Shop, order: str) -> None:
    acted = {"rule": "confirmed", "reason": "acted"}
    before, times = counted("purna_decisions_total", **acted), counted("purna_decide_seconds_count")
    await shop.tell("order.confirmed", order={"id": order})

    await ActivityEnvironment().run(shop.decide_activity, f"order:main/{order}", today())

    assert counted("purna_decisions_total", **acted) == before + 1
    assert counted("purna_decide_seconds_count") == times + 1


async def test_a_call_is_counted_by_action(shop: Shop, order: str) -> None:
    done = {"action": "open_carrier_claim", "result": "done"}
    before = counted("purna_calls_total", **done)

    await attempt(
        shop.call, await shop.wanted("shipment.lost", order, shipment={"tracking_number": "T1"})
    )

    assert counted("purna_calls_total", **done) == before + 1


def test_only_another_revision_is_a_reload() -> None:
    metrics.met("one")
    before = counted("purna_ruleset_reloads_total")

    metrics.met("one")
    assert counted("purna_ruleset_reloads_total") == before
    metrics.met("two")
    assert counted("purna_ruleset_reloads_total") == before + 1


def test_a_sender_cannot_make_up_sources_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "MET", metrics.MetNames())
    for number in range(200):
        metrics.taken_in(f"made up {number}", "accepted")

    assert counted("purna_events_total", source="made up 199", result="accepted") == 0
    assert counted("purna_events_total", source="others", result="accepted") >= 100
