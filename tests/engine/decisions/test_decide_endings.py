from dataclasses import replace
from typing import Any

import pytest

from engine.decisions.due_moments import KEEPS_OPEN
from engine.decisions.reason import Reason
from engine.facts.subjects import Subjects
from tests.engine.builders import (
    DAY,
    HOUR,
    NOON,
    a_broken_condition,
    a_buyer,
    a_condition,
    a_rule,
    a_ruleset,
    a_send,
    a_situation,
    an_effect,
    an_order,
    decided,
    delivered,
    shipped,
)
from tests.engine.decisions.decide_cases import ASK, waiting

HELD = an_effect(state="held", held_until=NOON + HOUR, reason=Reason.HELD_QUIET)


def holding(held: Any, *rules: Any, now: Any = NOON + HOUR, **changes: Any) -> Any:
    return decided(
        a_ruleset(*rules),
        a_situation(subjects=a_situation(shipped()).subjects, held=(held,), **changes),
        now,
    )


def test_a_held_message_is_wanted_again_when_its_moment_has_come() -> None:
    assert holding(HELD, a_rule(), now=NOON).released == ()
    assert holding(HELD, a_rule(), now=NOON).wake.at == NOON + HOUR
    assert holding(HELD, a_rule()).released == (HELD.key,)


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ((), Reason.RULE_REMOVED),
        ((a_rule(mode="off"),), Reason.OFF),
        ((a_rule("rule", "shipment.shipped", a_send("other")),), Reason.RULE_REMOVED),
        ((a_rule(conditions=(a_condition("order.country", "FR"),)),), Reason.FACT_UNKNOWN),
        ((a_rule(conditions=(a_broken_condition(),)),), Reason.ERROR),
    ],
)
def test_a_held_message_whose_rule_objects_by_now_is_dropped_with_the_reason(
    rules: Any, reason: Reason
) -> None:
    outcome = holding(HELD, *rules)

    assert [(key, why) for key, why, _ in outcome.dropped] == [(HELD.key, reason)]
    assert outcome.released == ()


def test_a_message_waiting_for_its_customer_leaves_once_one_is_named() -> None:
    nameless = HELD.now(held_until=NOON + 7 * DAY, reason=Reason.UNKNOWN_CUSTOMER)
    nobody = Subjects(an_order(replace(shipped(), customer=None)), None, "A1", None, "shop")

    assert holding(nameless, a_rule()).released == (HELD.key,)
    assert (
        decided(
            a_ruleset(a_rule()), a_situation(subjects=nobody, held=(nameless,)), NOON + HOUR
        ).released
        == ()
    )


def finished(*events: Any, now: Any, **changes: Any) -> Any:
    subjects = a_situation(*events).subjects
    return decided(
        a_ruleset(), a_situation(subjects=subjects, facts=subjects.order, **changes), now
    )


def test_a_finished_order_stays_open_for_thirty_days() -> None:
    before, after = (
        finished(delivered(), now=NOON + DAY),
        finished(delivered(), now=NOON + KEEPS_OPEN),
    )

    assert (before.wake.ended, before.wake.at) == (False, NOON + KEEPS_OPEN)
    assert (after.wake.ended, after.wake.at) == (True, None)


@pytest.mark.parametrize(
    "changes",
    [{"others": (an_effect(),)}, {"more": True}, {"waiting": (waiting(due_at=NOON + 99 * DAY),)}],
)
def test_an_order_with_something_open_does_not_end(changes: Any) -> None:
    assert not finished(delivered(), now=NOON + KEEPS_OPEN, **changes).wake.ended


def test_an_order_under_way_does_not_end() -> None:
    outcome = finished(delivered(), shipped(NOON, "P2"), now=NOON + 99 * DAY)

    assert (outcome.wake.ended, outcome.wake.at) == (False, None)


def test_only_what_has_nothing_else_to_wait_for_is_asked_again_after_its_effects() -> None:
    over = finished(delivered(), now=NOON + KEEPS_OPEN, others=(an_effect(),))

    assert (over.wake.ended, over.wake.ends_with_these) == (False, True)
    assert not finished(delivered(), now=NOON + DAY, others=(an_effect(),)).wake.ends_with_these
    assert not finished(
        delivered(), shipped(NOON, "P2"), now=NOON + DAY, others=(an_effect(),)
    ).wake.ends_with_these


def test_a_customers_journey_ends_when_nothing_waits() -> None:
    subjects = Subjects(None, a_buyer(), None, "C1", "shop")
    situation = a_situation(journey="customer:x", subject="customer:shop/C1", subjects=subjects)

    assert decided(a_ruleset(), situation).wake.ended
    assert not decided(a_ruleset(ASK), replace(situation, waiting=(waiting(),))).wake.ended
