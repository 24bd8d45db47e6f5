from dataclasses import replace
from typing import Any

from engine.backtests.tally import Tally
from engine.decisions.decision import Decision
from engine.decisions.effects import Message, Status
from engine.decisions.reason import Reason
from engine.simulation.simulator import Step
from tests.engine.builders import NOON, a_firing, a_rule, a_ruleset

RULES = a_ruleset(a_rule("hello"), a_rule("silent"), a_rule("away", mode="off"))


def a_decision(reason: Reason | None = None, rule: str = "hello", **holds: bool | None) -> Decision:
    proof: tuple[dict[str, Any], ...] = tuple(
        {"text": text, "holds": value, "read": []} for text, value in holds.items()
    )
    return Decision(
        "order:shop/A1", rule, "A1", "r1", NOON, "order.placed", NOON, NOON, reason, proof=proof
    )


def a_step(state: Any, reason: Reason | None = None, was: Reason | None = None) -> Step:
    firing = a_firing("hello", occurrence="A1", about=("order", "A1"), event="order.placed")
    effect = Message("key", "welcome", firing, status=Status(state, reason))
    return Step(NOON, effect, was)


def tallied(*decisions: Decision, steps: tuple[Step, ...] = ()) -> dict[str, Any]:
    tally = Tally(RULES)
    tally.decided(decisions)
    for step in steps:
        tally.stepped(step)
    told: dict[str, Any] = tally.to_json()["hello"]
    return told


def test_a_rule_that_acts_has_fired() -> None:
    told = tallied(a_decision(), steps=(a_step("sent"),))

    assert (told["fired"], told["done"], told["blocked"]) == (1, {"welcome": 1}, {})


def test_a_rule_that_may_not_act_is_blocked_for_a_reason() -> None:
    told = tallied(a_decision(Reason.STOPPED_BY), steps=(a_step("dropped", Reason.NO_CONSENT),))

    assert (told["fired"], told["blocked"]) == (0, {"stopped_by": 1, "no_consent": 1})


def test_a_message_is_held_once_for_each_reason() -> None:
    quiet = a_step("held", Reason.HELD_QUIET)
    again = a_step("held", Reason.HELD_QUIET, was=Reason.HELD_QUIET)

    capped = a_step("held", Reason.CAPPED, was=Reason.HELD_QUIET)
    for_long = replace(capped, effect=capped.effect.now(awaits_room=True))
    still = replace(for_long, was=Reason.CAPPED, awaited_room=True)
    assert tallied(steps=(quiet, again, capped, for_long, still))["held"] == {
        "held_quiet": 1,
        "capped": 1,
    }


def test_a_message_that_waits_for_the_end_of_its_minute_is_not_held() -> None:
    assert tallied(steps=(a_step("held", Reason.CAPPED), a_step("sent")))["held"] == {}


def test_one_condition_short_is_a_near_miss() -> None:
    told = tallied(
        a_decision(Reason.CONDITION_FALSE, vip=True, big=False),
        a_decision(Reason.FACT_UNKNOWN, big=None),
    )

    assert told["near_misses"] == {"big": 2}


def test_two_conditions_short_is_no_near_miss() -> None:
    assert tallied(a_decision(Reason.CONDITION_FALSE, vip=False, big=None))["near_misses"] == {}


def test_all_conditions_but_another_reason_is_no_near_miss() -> None:
    told = tallied(
        a_decision(Reason.STOPPED_BY, vip=True, big=False),
        a_decision(Reason.CONDITION_FALSE, vip=True),
    )

    assert told["near_misses"] == {}


def test_rules_that_never_fired_are_named_unless_they_are_off() -> None:
    tally = Tally(RULES)
    tally.decided([a_decision()])

    assert tally.never_fired == ["silent"]


def test_events_no_rule_listens_to_are_counted() -> None:
    tally = Tally(RULES)
    tally.decided([a_decision(Reason.NO_RULE, rule="")])

    assert dict(tally.unheard) == {"order.placed": 1}
    assert "" not in tally.rules


def test_a_breaker_that_told_of_its_opening_has_fired_and_the_end_of_a_perk_is_nobodys_doing() -> (
    None
):
    tally = Tally(RULES)
    step = a_step("done")
    opened = step.effect.firing.now(rule_id="breaker:storm", form="breaker")
    ended = step.effect.firing.now(rule_id="perk.expired", form="perk")
    for firing in (opened, ended):
        tally.stepped(replace(step, effect=step.effect.now(firing=firing)))

    assert tally.rules.keys() == {"hello", "silent", "away", "breaker:storm"}
    assert (tally.rules["breaker:storm"].mode, tally.rules["breaker:storm"].fired) == ("breaker", 1)
