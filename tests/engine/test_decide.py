from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.decide import KEEPS_OPEN
from engine.decision import Logged, OnceKey, Reason
from engine.rollups import Subjects
from engine.rule import After, Call, Grant, Listened, OncePer, Suppress
from engine.values import parse_duration
from tests.engine.builders import (
    CATALOG,
    DAY,
    HOUR,
    NOON,
    PLACE,
    a_broken_condition,
    a_buyer,
    a_condition,
    a_firing,
    a_happening,
    a_parcel_event,
    a_rule,
    a_ruleset,
    a_send,
    a_situation,
    an_effect,
    an_event,
    an_order,
    decided,
    delivered,
    log_of,
    placed,
    reasons,
    said,
    shipped,
)

WEEK_AFTER = After(parse_duration("7 days"), "order.delivered")
ASK = a_rule("ask", trigger=WEEK_AFTER)
CUSTOMER_180 = OncePer(("customer",), parse_duration("180 days"))


def test_an_event_fires_its_rule_at_once() -> None:
    outcome = decided(a_ruleset(a_rule()), a_situation(shipped()))

    assert said(outcome) == ["hello"]
    assert [key.value for key in outcome.once] == ["shipment:P1"]
    assert (outcome.waits, outcome.quarantined, reasons(outcome)) == ((), (), [None])


def test_an_event_that_no_rule_hears_is_noted_and_says_nothing() -> None:
    outcome = decided(a_ruleset(), a_situation(placed()))

    assert (said(outcome), [one.reason for one in outcome.decisions]) == ([], [Reason.NO_RULE])


def test_the_cursor_and_the_own_facts_follow_the_log() -> None:
    situation = a_situation(placed(), shipped())
    outcome = decided(a_ruleset(), situation)

    assert (outcome.cursor, outcome.facts) == (len(situation.events), situation.subjects.order)
    assert decided(a_ruleset(), a_situation(cursor=7)).cursor == 7


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
    outcome = decided(a_ruleset(a_rule()), a_situation(shipped(), shipped(parcel="P2"), shipped(NOON + HOUR)))

    assert [effect.key for effect in outcome.effects] == [
        "order:shop/A1/rule/shipment:P1/hello",
        "order:shop/A1/rule/shipment:P2/hello",
    ]


@pytest.mark.parametrize(
    "events", [(shipped(parcel=None), shipped(NOON + HOUR)), (shipped(), shipped(NOON + HOUR, None))]
)
def test_a_parcel_that_is_named_only_by_one_of_its_senders_is_spoken_of_once(events: Any) -> None:
    outcome = decided(a_ruleset(a_rule()), a_situation(*events), NOON + HOUR)

    assert len(said(outcome)) == 1
    assert "already_done" in reasons(outcome)


def test_a_scan_that_comes_too_late_says_nothing() -> None:
    outcome = decided(a_ruleset(a_rule()), a_situation(delivered(NOON + HOUR), shipped(NOON)), NOON + HOUR)

    assert (said(outcome), reasons(outcome)) == ([], ["overtaken"])


def test_a_wait_counted_from_an_overtaken_event_runs() -> None:
    rule = a_rule(trigger=After(parse_duration("2 days"), "shipment.shipped"))
    outcome = decided(a_ruleset(rule), a_situation(delivered(NOON + HOUR), shipped(NOON)), NOON + HOUR)

    assert [wait.due_at for wait in outcome.waits] == [NOON + 2 * DAY]
    assert outcome.wake_at == NOON + 2 * DAY


@pytest.mark.parametrize(("value", "reason"), [("acme", None), ("other", "condition_false"), (None, "fact_unknown")])
def test_only_a_condition_that_is_true_lets_a_rule_act(value: str | None, reason: str | None) -> None:
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
    outcome = decided(a_ruleset(a_rule("rule", "shipment.shipped", a_send(category="gone"))), a_situation(shipped()))

    assert (reasons(outcome), outcome.once, outcome.effects) == (["error"], (), ())


def test_a_key_that_cannot_be_read_is_an_error_of_its_own_rule() -> None:
    odd = an_event("shipment.shipped", things={"shipment": "P1"}, data={"order.total": "no money"})
    rule = a_rule("odd", once_per=OncePer(("order.total",)))

    assert reasons(decided(a_ruleset(rule, a_rule()), a_situation(odd))) == ["error", None]


def test_a_poison_event_is_quarantined_and_the_rest_goes_on() -> None:
    situation = a_situation(shipped(), shipped(NOON, "P2"))
    poison = Logged(1, an_event("gone.event"), "r1", stale=False, known_at=NOON)
    outcome = decided(a_ruleset(a_rule()), replace(situation, events=(poison, *situation.events[1:])))

    assert [seq for seq, _ in outcome.quarantined] == [1]
    assert said(outcome) == ["hello"]
    assert Reason.ERROR in [one.reason for one in outcome.decisions]


@pytest.mark.parametrize(("mode", "found"), [("shadow", ["shadow"]), ("off", [])])
def test_a_rule_in_the_shadow_decides_and_does_nothing(mode: Any, found: list[str]) -> None:
    outcome = decided(a_ruleset(a_rule(mode=mode)), a_situation(shipped()))

    assert (said(outcome), outcome.once, reasons(outcome)) == ([], (), found)


def waiting(rule_id: str = "ask", **changes: Any) -> Any:
    defaults = {
        "about": ("order", "A1"),
        "event": "order.delivered",
        "occurrence": "order:A1",
        "due_at": NOON + 7 * DAY,
    }
    return a_firing(rule_id, **defaults | changes)


def later(*rules: Any, now: Any = NOON + 7 * DAY, wait: Any = None, others: Any = (), **changes: Any) -> Any:
    known = changes.pop("known", (delivered(),))
    subjects = a_situation(*known).subjects
    situation = a_situation(subjects=subjects, facts=subjects.order, waiting=(wait or waiting(),), **changes)
    return decided(a_ruleset(*rules, revision="r2"), situation, now, *others)


def test_a_wait_speaks_when_it_is_due_and_not_before() -> None:
    early, due = later(ASK, now=NOON + 6 * DAY), later(ASK)

    assert (said(early), early.ended_waits, early.wake_at) == ([], (), NOON + 7 * DAY)
    assert (said(due), [wait.rule_id for wait in due.ended_waits], due.once[0].taken_at) == (
        ["hello"],
        ["ask"],
        NOON + 7 * DAY,
    )


def test_a_wait_follows_the_rule_as_it_is_when_it_is_due() -> None:
    assert said(later(a_rule("ask", "order.delivered", a_send("other"), trigger=WEEK_AFTER))) == ["other"]
    assert reasons(later()) == ["rule_removed"]
    assert reasons(later(replace(ASK, mode="off"))) == ["off"]
    assert reasons(later(replace(ASK, mode="shadow"))) == ["shadow"]


def test_a_pinned_wait_keeps_the_rule_it_began_with() -> None:
    first = a_ruleset(replace(ASK, in_flight="pin"))
    edited = a_rule("ask", "order.delivered", a_send("other"), trigger=WEEK_AFTER)

    assert said(later(edited, others=(first,))) == ["hello"]
    assert said(later(others=(first,))) == ["hello"]


def test_a_wait_goes_with_its_rule_to_a_new_name() -> None:
    renamed = replace(ASK, id="ask-for-review", renamed_from="ask")
    outcome = later(renamed)

    assert (said(outcome), outcome.once[0].rule_id) == (["hello"], "ask")


@pytest.mark.parametrize("holder", ["ask", "ask-for-review"])
def test_once_keys_go_with_a_rule_to_its_new_name(holder: str) -> None:
    renamed = replace(ASK, id="ask-for-review", renamed_from="ask")
    taken = OnceKey("order:shop/A1", holder, "order:A1", "order:shop/A1/order:A1", NOON)

    assert reasons(later(renamed, once=(taken,))) == ["already_done"]
    assert reasons(later(renamed, once=(taken,), wait=waiting("ask-for-review"))) == ["already_done"]


def test_a_stop_at_the_very_moment_wins() -> None:
    rule = replace(ASK, stop_if=(Listened("return.requested"),))

    assert reasons(later(rule, history=(a_happening("return.requested", NOON + 7 * DAY),))) == ["stopped_by"]
    assert said(later(rule, history=(a_happening("return.requested", NOON + 8 * DAY),))) == ["hello"]


def moved(*news: Any, rules: Any = (ASK,), now: Any = NOON + HOUR, wait: Any = None) -> Any:
    """Order A1 was delivered at noon and waits for a week; then comes news."""
    before, _ = log_of(delivered())
    state, log = log_of(*news, seen=before)
    subjects = Subjects(state, a_buyer(), "A1", "C1", "shop")
    situation = a_situation(subjects=subjects, facts=before, events=log, waiting=(wait or waiting(),))
    return decided(a_ruleset(*rules), situation, now)


def test_a_later_parcel_moves_the_waits_of_the_order() -> None:
    outcome = moved(shipped(NOON, "P2"), delivered(NOON + 2 * DAY, "P2"), now=NOON + 2 * DAY)

    assert [(wait.event_at, wait.due_at) for wait in outcome.waits] == [(NOON + 2 * DAY, NOON + 9 * DAY)]
    assert outcome.wake_at == NOON + 9 * DAY


def test_no_review_is_asked_for_while_a_later_parcel_is_under_way() -> None:
    outcome = moved(shipped(NOON + HOUR, "P2"), now=NOON + 7 * DAY)

    assert (said(outcome), reasons(outcome)) == ([], ["condition_false"])


def test_a_second_word_of_the_same_delivery_moves_nothing() -> None:
    outcome = moved(an_event("order.delivered", NOON + DAY), now=NOON + DAY)

    assert [wait.due_at for wait in outcome.waits] == [NOON + 7 * DAY]


def test_a_pinned_wait_moves_by_the_delay_it_began_with() -> None:
    before, _ = log_of(delivered())
    state, log = log_of(shipped(NOON, "P2"), delivered(NOON + 2 * DAY, "P2"), seen=before, revision="r2")
    subjects = Subjects(state, a_buyer(), "A1", "C1", "shop")
    situation = a_situation(subjects=subjects, facts=before, events=log, waiting=(waiting(),))
    shorter = replace(ASK, triggers=(After(parse_duration("1 day"), "order.delivered"),), in_flight="pin")
    outcome = decided(a_ruleset(shorter, revision="r2"), situation, NOON, a_ruleset(replace(ASK, in_flight="pin")))

    assert [(wait.due_at, wait.revision) for wait in outcome.waits] == [(NOON + 9 * DAY, "r1")]


def test_a_moved_wait_of_a_renamed_rule_does_not_stay_behind() -> None:
    renamed = replace(ASK, id="new", renamed_from="ask")
    outcome = moved(shipped(NOON, "P2"), delivered(NOON + 2 * DAY, "P2"), rules=(renamed,), now=NOON + 2 * DAY)

    assert [(wait.rule_id, wait.due_at) for wait in outcome.waits] == [("new", NOON + 9 * DAY)]
    assert [wait.rule_id for wait in outcome.ended_waits] == ["ask"]


def test_what_is_due_is_asked_only_when_all_news_is_read() -> None:
    outcome = later(ASK, more=True)

    assert (said(outcome), outcome.ended_waits, outcome.wake_at, outcome.ended) == ([], (), NOON + 7 * DAY, False)


def test_a_rule_of_an_older_revision_is_started_by_its_own_event() -> None:
    situation = a_situation(shipped())
    newer = a_ruleset(revision="r2")

    assert reasons(decided(newer, situation, NOON, a_ruleset(a_rule()))) == ["rule_removed"]
    assert reasons(decided(a_ruleset(a_rule(), revision="r2"), situation, NOON, a_ruleset())) == []


def test_one_invitation_in_half_a_year() -> None:
    rule = a_rule(once_per=CUSTOMER_180)
    taken = OnceKey("customer:shop/C1", "rule", "customer", "order:shop/A0/x", NOON - 180 * DAY, NOON)
    still = replace(taken, free_at=NOON + DAY)

    assert said(decided(a_ruleset(rule), a_situation(shipped(), once=(taken,)))) == ["hello"]
    assert reasons(decided(a_ruleset(rule), a_situation(shipped(), once=(still,)))) == ["already_done"]


def test_two_parcels_at_once_take_one_key_of_the_customer() -> None:
    outcome = decided(a_ruleset(a_rule(once_per=CUSTOMER_180)), a_situation(shipped(), shipped(parcel="P2")))

    assert (said(outcome), reasons(outcome)) == (["hello"], [None, "already_done"])


def test_two_parcels_at_the_same_instant_are_two_events() -> None:
    rule = a_rule(once_per=OncePer(("event",)))
    outcome = decided(a_ruleset(rule), a_situation(shipped(), shipped(parcel="P2"), replace(shipped(), id="again")))

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
    outcome = decided(a_ruleset(a_rule("rule", "shipment.shipped", *actions)), a_situation(shipped()))

    assert [(one.kind, one.name) for one in outcome.effects] == [("call", "open_claim"), ("emit", "perk.granted")]
    assert [one.categories for one in outcome.suppressions] == [("sales",)]


HELD = an_effect(state="held", held_until=NOON + HOUR, reason=Reason.HELD_QUIET)


def holding(held: Any, *rules: Any, now: Any = NOON + HOUR, **changes: Any) -> Any:
    return decided(
        a_ruleset(*rules), a_situation(subjects=a_situation(shipped()).subjects, held=(held,), **changes), now
    )


def test_a_held_message_is_wanted_again_when_its_moment_has_come() -> None:
    assert holding(HELD, a_rule(), now=NOON).released == ()
    assert holding(HELD, a_rule(), now=NOON).wake_at == NOON + HOUR
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
def test_a_held_message_whose_rule_objects_by_now_is_dropped_with_the_reason(rules: Any, reason: Reason) -> None:
    outcome = holding(HELD, *rules)

    assert [(key, why) for key, why, _ in outcome.dropped] == [(HELD.key, reason)]
    assert outcome.released == ()


def test_a_message_waiting_for_its_customer_leaves_once_one_is_named() -> None:
    nameless = HELD.now(held_until=NOON + 7 * DAY, reason=Reason.UNKNOWN_CUSTOMER)
    nobody = Subjects(an_order(replace(shipped(), customer=None)), None, "A1", None, "shop")

    assert holding(nameless, a_rule()).released == (HELD.key,)
    assert decided(a_ruleset(a_rule()), a_situation(subjects=nobody, held=(nameless,)), NOON + HOUR).released == ()


def finished(*events: Any, now: Any, **changes: Any) -> Any:
    subjects = a_situation(*events).subjects
    return decided(a_ruleset(), a_situation(subjects=subjects, facts=subjects.order, **changes), now)


def test_a_finished_order_stays_open_for_thirty_days() -> None:
    before, after = finished(delivered(), now=NOON + DAY), finished(delivered(), now=NOON + KEEPS_OPEN)

    assert (before.ended, before.wake_at) == (False, NOON + KEEPS_OPEN)
    assert (after.ended, after.wake_at) == (True, None)


@pytest.mark.parametrize(
    "changes", [{"open_effects": 1}, {"more": True}, {"waiting": (waiting(due_at=NOON + 99 * DAY),)}]
)
def test_an_order_with_something_open_does_not_end(changes: Any) -> None:
    assert not finished(delivered(), now=NOON + KEEPS_OPEN, **changes).ended


def test_an_order_under_way_does_not_end() -> None:
    outcome = finished(delivered(), shipped(NOON, "P2"), now=NOON + 99 * DAY)

    assert (outcome.ended, outcome.wake_at) == (False, None)


def test_a_customers_journey_ends_when_nothing_waits() -> None:
    subjects = Subjects(None, a_buyer(), None, "C1", "shop")
    situation = a_situation(journey="customer:x", subject="customer:shop/C1", subjects=subjects)

    assert decided(a_ruleset(), situation).ended
    assert not decided(a_ruleset(ASK), replace(situation, waiting=(waiting(),))).ended


def test_of_the_triggering_event_only_what_is_read_as_it_was_is_kept() -> None:
    told = a_parcel_event("eta_changed", eta_shift="2 days", carrier="acme")
    rule = a_rule(trigger=After(parse_duration("2 days"), "shipment.eta_changed"))

    assert decided(a_ruleset(rule), a_situation(told)).waits[0].data == {"shipment.eta_shift": "2 days"}


KINDS = st.sampled_from(sorted(CATALOG.events))
THINGS = st.sampled_from(
    [{}, {"shipment": "P1"}, {"return": "R1", "review": "V1"}, {"case": "S1", "subscription": "B1"}]
)
JUNK = st.sampled_from([{}, {"order.total": "junk"}, {"customer.channels": [{}, 7]}, {"order.items": [None, 7, {}]}])


@given(
    st.lists(
        st.builds(an_event, KINDS, st.integers(0, 9).map(lambda h: NOON + h * HOUR), things=THINGS, data=JUNK),
        max_size=6,
    ),
    st.lists(st.sampled_from(sorted(CATALOG.events)), max_size=4, unique=True),
    st.sampled_from([("event",), ("customer",), ("order",), ("order.total",), ("customer.bought", "event")]),
)
def test_no_situation_makes_it_raise(events: Any, triggers: list[str], keys: tuple[str, ...]) -> None:
    conditions = [
        (),
        (a_condition("order.total", 1),),
        (a_broken_condition(),),
        (a_condition("customer.channels", []),),
    ]
    rules = [
        a_rule(f"r{n}", kind, once_per=OncePer(keys), conditions=conditions[n % 4]) for n, kind in enumerate(triggers)
    ]

    outcome = decided(a_ruleset(*rules), a_situation(*events), NOON + 10 * HOUR)

    assert len(outcome.effects) == len(outcome.once)
