from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from engine.catalog.values import parse_duration
from engine.decisions.reason import Reason
from engine.facts.subjects import Subjects
from engine.rules.policies import Breaker, Cap
from engine.rules.rule import After
from engine.rules.ruleset import Ruleset
from engine.sending.gates import Allowed, Dropped, Held, Sent, Verdict
from engine.sending.judge import judge
from engine.sending.question import Question, posed
from engine.sending.recipients import addresses
from tests.engine.builders import (
    DAY,
    HOUR,
    NIGHT,
    NOON,
    PLACE,
    a_broken_condition,
    a_buyer,
    a_condition,
    a_firing,
    a_happening,
    a_policy,
    a_rule,
    a_ruleset,
    a_send,
    an_effect,
    an_event,
    an_order,
    delivered,
    shipped,
    told,
)

EXPRESS = a_condition("order.express", expected=True)
EMAIL = told(email="ana@example.com")


def a_question(ruleset: Ruleset | None = None, *profile: Any, **changes: Any) -> Any:
    order = an_order(shipped(), *changes.pop("events", ()))
    subjects = Subjects(order, a_buyer(EMAIL, *profile), "A1", "C1", "shop")
    defaults = {
        "effect": an_effect(),
        "ruleset": ruleset or a_ruleset(a_rule()),
        "pinned": None,
        "subjects": subjects,
    }
    return posed(**{**defaults, **changes})


def test_an_effect_that_nothing_stands_against_may_happen() -> None:
    assert judge(a_question(), NOON) == Allowed("email")


@pytest.mark.parametrize(
    ("ruleset", "verdict"),
    [
        (a_ruleset(), Dropped(Reason.RULE_REMOVED)),
        (a_ruleset(a_rule(mode="off")), Dropped(Reason.OFF)),
        (a_ruleset(a_rule(mode="shadow")), Dropped(Reason.SHADOW)),
        (a_ruleset(a_rule("rule", "shipment.shipped", a_send("other"))),
        Dropped(Reason.RULE_REMOVED, "send")),
        (a_ruleset(a_rule(conditions=(EXPRESS,))), Dropped(Reason.CONDITION_FALSE,
        "order.express = True")),
        (a_ruleset(a_rule("rule", "shipment.shipped", a_send(category="gone"))),
        Dropped(Reason.RULE_REMOVED)),
    ],
)  # fmt: skip
def test_the_rule_is_asked_again_before_every_attempt(ruleset: Ruleset, verdict: Dropped) -> None:
    assert judge(a_question(ruleset), NOON) == verdict


def test_what_stopped_or_overtook_the_rule_meanwhile_ends_the_message() -> None:
    stops = a_ruleset(a_rule(stop_if=("order.cancelled",)))

    assert judge(a_question(stops, history=(a_happening("order.cancelled"),)), NOON) == Dropped(
        Reason.STOPPED_BY, "order.cancelled"
    )
    assert judge(a_question(events=[delivered()]), NOON) == Dropped(Reason.OVERTAKEN)


def test_a_condition_that_raises_ends_its_own_message_with_a_reason() -> None:
    verdict = judge(a_question(a_ruleset(a_rule(conditions=(a_broken_condition(),)))), NOON)

    assert verdict == Dropped(Reason.ERROR, "ZeroDivisionError: broken")


def test_a_message_past_its_time_is_expired() -> None:
    assert judge(a_question(), NOON + 7 * DAY) == Dropped(Reason.EXPIRED)


def test_a_call_asks_its_rule_and_passes_no_gate() -> None:
    call = an_effect(kind="call", name="open_case", category=None, valid_until=None)
    asleep = a_ruleset(a_rule(), policies=a_policy(quiet_hours=NIGHT))

    assert judge(a_question(asleep, effect=call), NOON + 11 * HOUR) == Allowed("")
    assert judge(a_question(a_ruleset(), effect=call), NOON) == Dropped(Reason.RULE_REMOVED)
    assert judge(a_question(effect=replace(call, valid_until=NOON)), NOON) == Dropped(
        Reason.EXPIRED
    )


def test_a_pinned_rule_keeps_its_condition_but_never_the_gates() -> None:
    pinned = a_ruleset(
        a_rule(in_flight="pin", trigger=After(parse_duration("1 day"), "shipment.shipped"))
    )
    active = a_ruleset(revision="r2", policies=a_policy(quiet_hours=NIGHT))

    assert judge(a_question(active, pinned=pinned), NOON) == Allowed("email")
    assert judge(a_question(active, pinned=pinned), NOON + 11 * HOUR) == Held(
        NOON + 20 * HOUR, Reason.HELD_QUIET
    )


def preferring(*channels: Any, phone: str | None = "+1212") -> Verdict:
    sms = {"hello": {"en": frozenset({"email", "sms"})}}
    ruleset = a_ruleset(a_rule("rule", "shipment.shipped", a_send(by=None)), templates=sms)
    return judge(a_question(ruleset, told(NOON + HOUR, channels=list(channels), phone=phone)), NOON)


def test_the_customer_orders_the_channels_that_the_template_has() -> None:
    assert preferring("sms", "push", "email") == Allowed("sms")
    assert preferring("sms", "push", "email", phone=None) == Allowed("email")
    assert preferring("sms", phone=None) == Held(
        NOON + 7 * DAY, Reason.NO_CHANNEL, "sms: no address"
    )
    assert preferring("email") == Allowed("email")
    assert preferring() == Allowed("email")


@pytest.mark.parametrize("junk", [{}, [], 7, None])
def test_a_channel_that_is_no_word_is_passed_over(junk: Any) -> None:
    assert preferring(junk, "sms") == Allowed("sms")


def test_an_explicit_channel_is_not_limited_by_preference() -> None:
    customer = told(NOON + HOUR, channels=["sms"], phone="+1212")

    assert judge(a_question(a_ruleset(a_rule()), customer), NOON) == Allowed("email")


def test_addresses_are_those_served_here_that_did_not_bounce() -> None:
    question = a_question(None, told(phone="+1212"))

    assert addresses(question, NOON) == {
        "email": "ana@example.com",
        "sms": "+1212",
        "whatsapp": "+1212",
    }
    assert (
        addresses(
            replace(question, channels=frozenset({"email"}), dead=frozenset({"ana@example.com"})),
            NOON,
        )
        == {}
    )
    assert judge(replace(question, dead=frozenset({"ana@example.com"})), NOON) == Dropped(
        Reason.NO_CHANNEL, "email: dead address"
    )


def test_blanks_around_an_address_are_no_part_of_it() -> None:
    question = a_question(None, told(email=" ana@example.com\n", phone="  "))

    assert addresses(question, NOON) == {"email": "ana@example.com"}
    assert addresses(replace(question, dead=frozenset({"ana@example.com"})), NOON) == {}


def test_a_message_that_waits_is_held_by_a_breaker_before_its_rule_is_asked() -> None:
    held = Breaker("storm", (EXPRESS,), ("rule",), parse_duration("2 days"))
    rules = (a_rule(conditions=(a_condition("order.express", expected=False),)),)
    ruleset = a_ruleset(*rules, policies=a_policy(breakers=(held,)))
    stormy = an_event("order.changed", data={"order.express": True})
    question = a_question(ruleset, events=(stormy,))

    assert judge(question, NOON) == Held(NOON + HOUR / 4, Reason.BREAKER, "storm")
    assert judge(question, NOON + 2 * DAY) == Dropped(
        Reason.CONDITION_FALSE, "order.express = False"
    )
    assert judge(a_question(ruleset), NOON) == Allowed("email")


def test_what_a_breaker_holds_for_long_is_asked_ever_more_rarely_and_at_its_end() -> None:
    held = Breaker("storm", (EXPRESS,), ("rule",), parse_duration("2 days"))
    ruleset = a_ruleset(a_rule(), policies=a_policy(breakers=(held,)))
    stormy = an_event("order.changed", data={"order.express": True})
    question = a_question(ruleset, events=(stormy,))

    pauses = [
        (verdict.until - NOON) / HOUR - asked
        for asked in (0, 1, 4, 20, 47)
        if isinstance(verdict := judge(question, NOON + asked * HOUR), Held)
    ]
    assert pauses == [0.25, 1, 4, 6, 1]


SALE = a_send(category="sales")
YES = an_event("consent.given")


def competing(*rivals: Question, **changes: Any) -> Any:
    capped = a_policy(caps=(Cap(1, parse_duration("7 days"), ("loyalty", "sales")),))
    mine = a_rule("mine", "shipment.shipped", SALE)
    theirs = a_rule("better", "shipment.shipped", a_send(category="loyalty"), **changes)
    ruleset = a_ruleset(mine, theirs, policies=capped)
    named = tuple(posed(rival.effect, ruleset, None, rival.subjects) for rival in rivals)
    effect = an_effect(a_firing("mine"), category="sales", held_until=NOON)
    return judge(a_question(ruleset, YES, effect=effect, rivals=named), NOON)


def test_a_rival_takes_the_room_only_if_its_own_rule_still_holds() -> None:
    rival = a_question(
        None, YES, effect=an_effect(a_firing("better"), category="loyalty", held_until=NOON)
    )

    assert isinstance(competing(rival), Held)
    assert competing() == Allowed("email")
    assert competing(rival, conditions=(EXPRESS,)) == Allowed("email")
    assert competing(rival, conditions=(a_broken_condition(),)) == Allowed("email")


def test_what_was_sent_already_counts_under_the_cap() -> None:
    capped = a_policy(caps=(Cap(1, parse_duration("7 days"), ("sales",)),))
    ruleset = a_ruleset(a_rule("rule", "shipment.shipped", SALE), policies=capped)
    effect = an_effect(category="sales", held_until=NOON)

    assert judge(a_question(ruleset, YES, effect=effect), NOON) == Allowed("email")
    assert isinstance(
        judge(a_question(ruleset, YES, effect=effect, sent=(Sent("sales", NOON),)), NOON), Held
    )


def test_a_first_attempt_under_a_cap_waits_for_the_end_of_its_minute() -> None:
    capped = a_policy(caps=(Cap(1, parse_duration("7 days"), ("sales",)),))
    ruleset = a_ruleset(a_rule("rule", "shipment.shipped", SALE), policies=capped)
    effect = an_effect(category="sales")

    assert judge(a_question(ruleset, YES, effect=effect), NOON) == Held(
        NOON + timedelta(minutes=1), Reason.CAPPED
    )
    assert str(PLACE) == "journeys/test.yaml:3:5"
