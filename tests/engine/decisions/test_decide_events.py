from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalog.values import parse_duration
from engine.decisions.decision import Logged, OnceKey
from engine.decisions.reason import Reason
from engine.facts.events import Origin
from engine.rules.rule import Call, Grant, OncePer, Suppress
from tests.engine.builders import (
    CATALOG,
    DAY,
    HOUR,
    NOON,
    PLACE,
    a_broken_condition,
    a_condition,
    a_line,
    a_rule,
    a_ruleset,
    a_send,
    a_situation,
    an_answer,
    an_event,
    an_order,
    decided,
    delivered,
    placed,
    reasons,
    said,
    shipped,
)
from tests.engine.decisions.decide_cases import ASK

HUSH = Suppress(("sales",), parse_duration("60 days"), (), across_customer=True, position=PLACE)
CUSTOMER_180 = OncePer(("customer",), parse_duration("180 days"))


def test_an_event_fires_its_rule_at_once() -> None:
    outcome = decided(a_ruleset(a_rule()), a_situation(shipped()))

    assert said(outcome) == ["hello"]
    assert [key.value for key in outcome.once] == ["shipment:P1"]
    assert (outcome.waits, outcome.quarantined, reasons(outcome)) == ((), (), [None])


def test_an_event_that_no_rule_hears_is_noted_and_says_nothing() -> None:
    outcome = decided(a_ruleset(), a_situation(placed()))

    assert (said(outcome), [one.reason for one in outcome.decisions]) == ([], [Reason.NO_RULE])


def test_history_is_known_and_fires_nothing() -> None:
    history = Origin(is_history=True)
    old = replace(shipped(), origin=history)
    outcome = decided(a_ruleset(a_rule(), ASK), a_situation(placed(), old, delivered(NOON + HOUR)))

    assert (said(outcome), [one.rule_id for one in outcome.waits]) == ([], ["ask"])
    assert outcome.own.facts == an_order(placed(), shipped(), delivered(NOON + HOUR))


@pytest.mark.parametrize(("days", "does"), [(6, True), (8, False)])
def test_a_deed_that_is_due_for_longer_than_it_is_worth_is_not_done(days: int, does: bool) -> None:
    call = Call("refund", {}, PLACE)
    rule = a_rule("rule", "shipment.shipped", call, HUSH)
    outcome = decided(a_ruleset(rule), a_situation(shipped(NOON - days * DAY)))

    assert (bool(outcome.effects), bool(outcome.suppressions)) == (does, does)
    assert reasons(outcome) == [None if does else Reason.EXPIRED]
    assert bool(outcome.once) == does


def test_the_cursor_and_the_own_facts_follow_the_log() -> None:
    situation = a_situation(placed(), shipped())
    outcome = decided(a_ruleset(), situation)

    assert (outcome.own.cursor, outcome.own.facts) == (
        len(situation.events),
        situation.subjects.order,
    )
    assert decided(a_ruleset(), a_situation(cursor=7)).own.cursor == 7


def test_asked_twice_it_answers_the_same() -> None:
    situation, ruleset = a_situation(shipped(), delivered(NOON + HOUR)), a_ruleset(a_rule(), ASK)

    assert decided(ruleset, situation) == decided(ruleset, situation)


def test_all_rules_that_match_fire_whatever_their_order() -> None:
    rules = a_rule("b", "shipment.shipped", a_send("other")), a_rule("a")

    assert said(decided(a_ruleset(*rules), a_situation(shipped()))) == ["hello", "other"]
    assert said(decided(a_ruleset(*reversed(rules)), a_situation(shipped()))) == ["hello", "other"]


def test_a_redelivery_under_a_new_id_says_nothing_twice() -> None:
    outcome = decided(a_ruleset(a_rule()), a_situation(shipped(), replace(shipped(), id="again")))

    assert said(outcome) == ["hello"]


def test_what_was_said_before_is_not_said_again() -> None:
    taken = OnceKey("order:shop/A1", "rule", "shipment:P1", "order:shop/A1/shipment:P1", NOON)
    outcome = decided(a_ruleset(a_rule()), a_situation(shipped(), once=(taken,)))

    assert (said(outcome), reasons(outcome)) == ([], ["already_done"])


def test_each_parcel_is_spoken_of_once() -> None:
    outcome = decided(
        a_ruleset(a_rule()), a_situation(shipped(), shipped(parcel="P2"), shipped(NOON + HOUR))
    )

    assert [effect.key for effect in outcome.effects] == [
        "order:shop/A1/rule/shipment:P1/0.0/hello",
        "order:shop/A1/rule/shipment:P2/0.0/hello",
    ]


@pytest.mark.parametrize(
    "events",
    [(shipped(parcel=None), shipped(NOON + HOUR)), (shipped(), shipped(NOON + HOUR, None))],
)
def test_a_parcel_that_is_named_only_by_one_of_its_senders_is_spoken_of_once(events: Any) -> None:
    outcome = decided(a_ruleset(a_rule()), a_situation(*events), NOON + HOUR)

    assert len(said(outcome)) == 1
    assert "already_done" in reasons(outcome)


def test_a_scan_that_comes_too_late_says_nothing() -> None:
    outcome = decided(
        a_ruleset(a_rule()), a_situation(delivered(NOON + HOUR), shipped(NOON)), NOON + HOUR
    )

    assert (said(outcome), reasons(outcome)) == ([], ["overtaken"])


@pytest.mark.parametrize(
    ("value", "reason"), [("acme", None), ("other", "condition_false"), (None, "fact_unknown")]
)
def test_only_a_condition_that_is_true_lets_a_rule_act(
    value: str | None, reason: str | None
) -> None:
    rule = a_rule(conditions=(a_condition("shipment.carrier", "acme"),))
    outcome = decided(a_ruleset(rule), a_situation(shipped(carrier=value) if value else shipped()))

    assert reasons(outcome) == [reason]
    proofs = [one.proof[0]["read"] for one in outcome.decisions if one.rule_id]
    assert proofs == [[["shipment.carrier", value or "unknown"]]]
    assert len(outcome.once) == len(said(outcome)) == (1 if reason is None else 0)


def test_a_condition_that_raises_is_an_error_of_its_own_rule() -> None:
    broken = a_rule("broken", conditions=(a_broken_condition(),))
    outcome = decided(a_ruleset(broken, a_rule()), a_situation(shipped()))

    assert (said(outcome), reasons(outcome)) == (["hello"], ["error", None])
    assert outcome.quarantined == ()


def test_an_action_that_fails_takes_no_key() -> None:
    outcome = decided(
        a_ruleset(a_rule("rule", "shipment.shipped", a_send(category="gone"))),
        a_situation(shipped()),
    )

    assert (reasons(outcome), outcome.once, outcome.effects) == (["error"], (), ())


def test_a_key_that_cannot_be_read_is_an_error_of_its_own_rule() -> None:
    broken = an_answer("patience", a_line(parse_duration("1 day"), a_broken_condition()))
    rule = a_rule("odd", once_per=OncePer(("answer.patience",)))
    ruleset = a_ruleset(rule, a_rule(), answers={"patience": broken})

    assert reasons(decided(ruleset, a_situation(shipped()))) == ["error", None]


def test_a_key_of_a_value_that_is_not_of_its_type_is_unknown() -> None:
    odd = an_event("shipment.shipped", things={"shipment": "P1"}, data={"order.total": "no money"})
    rule = a_rule("odd", once_per=OncePer(("order.total",)))

    assert reasons(decided(a_ruleset(rule, a_rule()), a_situation(odd))) == ["fact_unknown", None]


def test_a_poison_event_is_quarantined_and_the_rest_goes_on() -> None:
    situation = a_situation(shipped(), shipped(NOON, "P2"))
    poison = Logged(1, an_event("gone.event"), "r1", stale=False, known_at=NOON)
    outcome = decided(
        a_ruleset(a_rule()), replace(situation, events=(poison, *situation.events[1:]))
    )

    assert [seq for seq, _ in outcome.quarantined] == [1]
    assert said(outcome) == ["hello"]
    assert Reason.ERROR in [one.reason for one in outcome.decisions]


@pytest.mark.parametrize(("mode", "found"), [("shadow", ["shadow"]), ("off", [])])
def test_a_rule_in_the_shadow_decides_and_does_nothing(mode: Any, found: list[str]) -> None:
    outcome = decided(a_ruleset(a_rule(mode=mode)), a_situation(shipped()))

    assert (said(outcome), outcome.once, reasons(outcome)) == ([], (), found)


def test_a_rule_of_an_older_revision_is_started_by_its_own_event() -> None:
    situation = a_situation(shipped())
    newer = a_ruleset(revision="r2")

    assert reasons(decided(newer, situation, NOON, a_ruleset(a_rule()))) == ["rule_removed"]
    assert reasons(decided(a_ruleset(a_rule(), revision="r2"), situation, NOON, a_ruleset())) == []


def test_one_invitation_in_half_a_year() -> None:
    rule = a_rule(once_per=CUSTOMER_180)
    taken = OnceKey(
        "customer:shop/C1", "rule", "customer", "order:shop/A0/x", NOON - 180 * DAY, NOON
    )
    still = replace(taken, free_at=NOON + DAY)

    assert said(decided(a_ruleset(rule), a_situation(shipped(), once=(taken,)))) == ["hello"]
    assert reasons(decided(a_ruleset(rule), a_situation(shipped(), once=(still,)))) == [
        "already_done"
    ]


def test_two_parcels_at_once_take_one_key_of_the_customer() -> None:
    outcome = decided(
        a_ruleset(a_rule(once_per=CUSTOMER_180)), a_situation(shipped(), shipped(parcel="P2"))
    )

    assert (said(outcome), reasons(outcome)) == (["hello"], [None, "already_done"])


def test_two_parcels_at_the_same_instant_are_two_events() -> None:
    rule = a_rule(once_per=OncePer(("event",)))
    outcome = decided(
        a_ruleset(rule),
        a_situation(shipped(), shipped(parcel="P2"), replace(shipped(), id="again")),
    )

    assert len(said(outcome)) == 2


def test_a_key_whose_fact_is_unknown_says_so() -> None:
    rule = a_rule(once_per=OncePer(("order.country",)))

    assert reasons(decided(a_ruleset(rule), a_situation(shipped()))) == ["fact_unknown"]


def test_silences_calls_and_perks_are_decided_with_the_message() -> None:
    actions = (
        Suppress(("sales",), parse_duration("60 days"), (), across_customer=True, position=PLACE),
        Call("open_claim", {}, PLACE),
        Grant("early", parse_duration("30 days"), 1, PLACE),
    )
    outcome = decided(
        a_ruleset(a_rule("rule", "shipment.shipped", *actions)), a_situation(shipped())
    )

    assert [(one.kind, one.name) for one in outcome.effects] == [
        ("call", "open_claim"),
        ("emit", "perk.granted"),
    ]
    assert [one.categories for one in outcome.suppressions] == [("sales",)]


KINDS = st.sampled_from(sorted(CATALOG.events))
THINGS = st.sampled_from(
    [{}, {"shipment": "P1"}, {"return": "R1", "review": "V1"}, {"case": "S1", "subscription": "B1"}]
)
JUNK = st.sampled_from(
    [{}, {"order.total": "junk"}, {"customer.channels": [{}, 7]}, {"order.items": [None, 7, {}]}]
)


@given(
    st.lists(
        st.builds(
            an_event,
            KINDS,
            st.integers(0, 9).map(lambda h: NOON + h * HOUR),
            things=THINGS,
            data=JUNK,
        ),
        max_size=6,
    ),
    st.lists(st.sampled_from(sorted(CATALOG.events)), max_size=4, unique=True),
    st.sampled_from(
        [("event",), ("customer",), ("order",), ("order.total",), ("customer.bought", "event")]
    ),
)
def test_no_situation_makes_it_raise(
    events: Any, triggers: list[str], keys: tuple[str, ...]
) -> None:
    conditions = [
        (),
        (a_condition("order.total", 1),),
        (a_broken_condition(),),
        (a_condition("customer.channels", []),),
    ]
    rules = [
        a_rule(f"r{n}", kind, once_per=OncePer(keys), conditions=conditions[n % 4])
        for n, kind in enumerate(triggers)
    ]

    outcome = decided(a_ruleset(*rules), a_situation(*events), NOON + 10 * HOUR)

    assert len(outcome.effects) == len(outcome.once)


def test_an_event_that_only_its_own_revision_knows_is_kept_with_the_order() -> None:
    own = replace(CATALOG.events["order.confirmed"], name="setup.started")
    known = replace(CATALOG, events={**CATALOG.events, own.name: own})
    before, now = a_ruleset(catalog=known), a_ruleset(revision="r2")
    started = a_situation(placed()).events[0]
    logged = replace(started, event=an_event("setup.started"), revision="r1")

    outcome = decided(now, a_situation(placed(), events=(logged,)), NOON, before)

    assert "setup.started" in outcome.own.facts["happened"]
