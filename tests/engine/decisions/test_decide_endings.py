from dataclasses import replace
from datetime import time
from typing import Any

import pytest

from engine.decisions.decision import OnceKey
from engine.decisions.due_moments import KEEPS_OPEN
from engine.decisions.reason import Reason
from engine.facts.subjects import Subjects
from engine.rules.rule import OncePer
from tests.engine.builders import (
    DAY,
    HOUR,
    NOON,
    a_broken_condition,
    a_buyer,
    a_condition,
    a_firing,
    a_policy,
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


# Whoever asks for the time of day of a customer there raises.
NOWHERE = a_policy(zone_otherwise="Nowhere/At_all")
AT_TEN = an_effect(state="held", held_until=NOON + 22 * HOUR)


def at_ten(now: Any, **changes: Any) -> Any:
    rule = a_rule("rule", "shipment.shipped", a_send(send_at=time(10)))
    situation = a_situation(subjects=a_situation(shipped()).subjects, held=(AT_TEN,))
    return decided(a_ruleset(rule, **changes), situation, now)


def test_a_held_message_whose_time_of_day_fails_waits_for_the_moment_it_was_held_until() -> None:
    before = at_ten(NOON + HOUR, policies=NOWHERE)

    assert (before.dropped, before.decisions, before.wake.at) == ((), (), AT_TEN.held_until)
    assert at_ten(NOON + 22 * HOUR).released == (AT_TEN.key,)


def test_a_message_whose_rule_fails_before_its_moment_waits_for_it() -> None:
    nameless = HELD.now(held_until=NOON + 7 * DAY, reason=Reason.UNKNOWN_CUSTOMER)
    broken = a_rule(conditions=(a_broken_condition(),))

    before = holding(nameless, broken)
    assert (before.dropped, before.decisions, before.wake.at) == ((), (), NOON + 7 * DAY)
    then = holding(nameless, broken, now=NOON + 7 * DAY)
    assert [reason for _, reason, _ in then.dropped] == [Reason.ERROR]


def test_a_message_that_falls_to_an_error_gives_its_once_key_back() -> None:
    """Another parcel's firing, due with it, takes the key."""

    def fails_for_one(facts: Any) -> Any:
        return facts.about.id != "P1" or 1 / 0

    at_ten = a_rule(
        "rule",
        "shipment.shipped",
        a_send(send_at=time(10)),
        conditions=(replace(a_broken_condition(), holds=fails_for_one),),
        once_per=OncePer(("order",)),
    )
    taken = OnceKey("order:shop/A1", "rule", "order:A1", AT_TEN.firing.holder, NOON)
    later = NOON + 22 * HOUR
    other = a_firing(about=("shipment", "P2"), occurrence="shipment:P2", due_at=later)
    parcels = a_situation(shipped(), shipped(parcel="P2")).subjects
    situation = a_situation(subjects=parcels, held=(AT_TEN,), waiting=(other,), once=(taken,))
    found = decided(a_ruleset(at_ten), situation, later)

    assert [reason for _, reason, _ in found.dropped] == [Reason.ERROR]
    assert [key.holder for key in found.once] == [other.holder]


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
