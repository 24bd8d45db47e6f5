"""What a log says of the rules, from the decisions it leads to."""

from datetime import timedelta
from typing import Any

from engine.checks.usage import Usage
from engine.decisions.decision import Decision
from engine.decisions.reason import Reason
from tests.engine.builders import DAY, NOON
from tests.engine.language.folders import a_rule, read

TOTAL = a_rule("order.placed", more="if: order.total >= 80 EUR")


def a_decision(
    reason: Reason | None = None, at: timedelta = timedelta(), total: str = "90 EUR"
) -> Decision:
    proof: tuple[dict[str, Any], ...] = (
        {"text": "…", "holds": True, "read": [["order.total", total]]},
    )
    return Decision(
        "order:shop/A1",
        "a-rule",
        "A1",
        "r1",
        NOON + at,
        "order.placed",
        NOON,
        NOON,
        reason,
        proof=proof,
    )


def said(*decisions: Decision, journey: str = TOTAL, most: int = 1000) -> list[str]:
    usage = Usage(read(journey))
    for one in decisions:
        usage.decided([one])
    return [f"{one.position.line} {one.message}" for one in usage.problems(most)]


def test_a_rule_that_acts_now_and_then_is_not_mentioned() -> None:
    assert said(a_decision(), a_decision(Reason.CONDITION_FALSE)) == []


def test_a_rule_that_nothing_starts_fires_0_times() -> None:
    assert said() == ["3 fired 0 times: nothing in the log starts this rule"]


def test_a_rule_that_never_acts_says_why() -> None:
    refused = [
        a_decision(Reason.STOPPED_BY),
        a_decision(Reason.CONDITION_FALSE),
        a_decision(Reason.CONDITION_FALSE),
    ]

    assert said(*refused) == ["3 fired 0 times: asked 3 times, condition_false 2, stopped_by 1"]


def test_a_rule_that_is_off_or_in_shadow_may_be_silent() -> None:
    for mode in ("off", "shadow"):
        assert said(journey=a_rule(more=f"mode: {mode}")) == []


def test_the_busiest_day_counts() -> None:
    firings = [a_decision(), a_decision(at=DAY), a_decision(at=DAY), a_decision(at=2 * DAY)]

    assert said(*firings, most=1) == ["3 fired 2 times on 2026-03-03: more than 1 a day (`--most`)"]
    assert said(*firings, most=2) == []


def test_the_day_is_that_of_the_shop() -> None:
    zone = "version: 1\ntime_zone: {from: [customer.time_zone], otherwise: Asia/Jakarta}\n"
    usage = Usage(read(TOTAL, policies=zone))
    usage.decided([a_decision(), a_decision(at=timedelta(hours=6))])

    assert list(usage.problems(1)) == []


def test_a_fact_that_is_often_missing_is_told_at_its_condition() -> None:
    told = said(a_decision(), a_decision(Reason.FACT_UNKNOWN, total="unknown"))

    assert told == ["6 order.total is missing in 50 % of 2 events that start a-rule"]


def test_a_fact_that_is_rarely_missing_is_not() -> None:
    assert said(*[a_decision()] * 10, a_decision(Reason.FACT_UNKNOWN, total="unknown")) == []


def test_a_fact_of_which_the_rule_asks_whether_it_is_known_may_be_missing() -> None:
    asks = a_rule("order.placed", more="if: [order.total is known, order.total >= 80 EUR]")

    assert (
        said(a_decision(), a_decision(Reason.CONDITION_FALSE, total="unknown"), journey=asks) == []
    )
