from dataclasses import replace
from typing import Any

import pytest

from engine.catalog.values import parse_duration
from engine.decisions.decision import OnceKey
from engine.facts.subjects import Subjects
from engine.rules.rule import After, Listened
from tests.engine.builders import (
    DAY,
    HOUR,
    NOON,
    a_buyer,
    a_happening,
    a_parcel_event,
    a_rule,
    a_ruleset,
    a_send,
    a_situation,
    an_event,
    decided,
    delivered,
    log_of,
    reasons,
    said,
    shipped,
    with_changes,
)
from tests.engine.decisions.decide_cases import ASK, WEEK_AFTER, waiting


def test_a_wait_counted_from_an_overtaken_event_runs() -> None:
    rule = a_rule(trigger=After(parse_duration("2 days"), "shipment.shipped"))
    outcome = decided(
        a_ruleset(rule), a_situation(delivered(NOON + HOUR), shipped(NOON)), NOON + HOUR
    )

    assert [wait.due_at for wait in outcome.waits] == [NOON + 2 * DAY]
    assert outcome.wake.at == NOON + 2 * DAY


def later(
    *rules: Any, now: Any = NOON + 7 * DAY, wait: Any = None, others: Any = (), **changes: Any
) -> Any:
    known = changes.pop("known", (delivered(),))
    subjects = a_situation(*known).subjects
    situation = a_situation(
        subjects=subjects, facts=subjects.order, waiting=(wait or waiting(),), **changes
    )
    return decided(a_ruleset(*rules, revision="r2"), situation, now, *others)


def test_a_wait_speaks_when_it_is_due_and_not_before() -> None:
    early, due = later(ASK, now=NOON + 6 * DAY), later(ASK)

    assert (said(early), early.ended_waits, early.wake.at) == ([], (), NOON + 7 * DAY)
    assert (said(due), [wait.rule_id for wait in due.ended_waits], due.once[0].taken_at) == (
        ["hello"],
        ["ask"],
        NOON + 7 * DAY,
    )


def test_a_wait_follows_the_rule_as_it_is_when_it_is_due() -> None:
    assert said(later(a_rule("ask", "order.delivered", a_send("other"), trigger=WEEK_AFTER))) == [
        "other"
    ]
    assert reasons(later()) == ["rule_removed"]
    assert reasons(later(with_changes(ASK, mode="off"))) == ["off"]
    assert reasons(later(with_changes(ASK, mode="shadow"))) == ["shadow"]


def test_a_pinned_wait_keeps_the_rule_it_began_with() -> None:
    first = a_ruleset(with_changes(ASK, in_flight="pin"))
    edited = a_rule("ask", "order.delivered", a_send("other"), trigger=WEEK_AFTER)

    assert said(later(edited, others=(first,))) == ["hello"]
    assert said(later(others=(first,))) == ["hello"]


def test_a_wait_goes_with_its_rule_to_a_new_name() -> None:
    renamed = with_changes(ASK, id="ask-for-review", renamed_from="ask")
    outcome = later(renamed)

    assert (said(outcome), outcome.once[0].rule_id) == (["hello"], "ask-for-review")


@pytest.mark.parametrize("holder", ["ask", "ask-for-review"])
def test_once_keys_go_with_a_rule_to_its_new_name(holder: str) -> None:
    renamed = with_changes(ASK, id="ask-for-review", renamed_from="ask")
    taken = OnceKey("order:shop/A1", holder, "order:A1", "order:shop/A1/order:A1", NOON)

    assert reasons(later(renamed, once=(taken,))) == ["already_done"]
    assert reasons(later(renamed, once=(taken,), wait=waiting("ask-for-review"))) == [
        "already_done"
    ]


def test_a_stop_at_the_very_moment_wins() -> None:
    rule = replace(ASK, stop_if=(Listened("return.requested"),))

    assert reasons(later(rule, history=(a_happening("return.requested", NOON + 7 * DAY),))) == [
        "stopped_by"
    ]


def test_a_stop_whose_sender_dates_it_ahead_is_known_all_the_same() -> None:
    rule = replace(ASK, stop_if=(Listened("return.requested"),))

    assert reasons(later(rule, history=(a_happening("return.requested", NOON + 8 * DAY),))) == [
        "stopped_by"
    ]


def moved(*news: Any, rules: Any = (ASK,), now: Any = NOON + HOUR, wait: Any = None) -> Any:
    """Order A1 was delivered at noon and waits for a week; then comes news."""
    before, _ = log_of(delivered())
    state, log = log_of(*news, seen=before)
    subjects = Subjects(state, a_buyer(), "A1", "C1", "shop")
    situation = a_situation(
        subjects=subjects, facts=before, events=log, waiting=(wait or waiting(),)
    )
    return decided(a_ruleset(*rules), situation, now)


def test_a_later_parcel_moves_the_waits_of_the_order() -> None:
    outcome = moved(shipped(NOON, "P2"), delivered(NOON + 2 * DAY, "P2"), now=NOON + 2 * DAY)

    assert [(wait.event_at, wait.due_at) for wait in outcome.waits] == [
        (NOON + 2 * DAY, NOON + 9 * DAY)
    ]
    assert outcome.wake.at == NOON + 9 * DAY


def test_no_review_is_asked_for_while_a_later_parcel_is_under_way() -> None:
    outcome = moved(shipped(NOON + HOUR, "P2"), now=NOON + 7 * DAY)

    assert (said(outcome), reasons(outcome)) == ([], ["condition_false"])


def test_a_second_word_of_the_same_delivery_moves_nothing() -> None:
    outcome = moved(an_event("order.delivered", NOON + DAY), now=NOON + DAY)

    assert [wait.due_at for wait in outcome.waits] == [NOON + 7 * DAY]


def test_a_pinned_wait_moves_by_the_delay_it_began_with() -> None:
    before, _ = log_of(delivered())
    state, log = log_of(
        shipped(NOON, "P2"), delivered(NOON + 2 * DAY, "P2"), seen=before, revision="r2"
    )
    subjects = Subjects(state, a_buyer(), "A1", "C1", "shop")
    situation = a_situation(subjects=subjects, facts=before, events=log, waiting=(waiting(),))
    shorter = with_changes(
        ASK, triggers=(After(parse_duration("1 day"), "order.delivered"),), in_flight="pin"
    )
    outcome = decided(
        a_ruleset(shorter, revision="r2"),
        situation,
        NOON,
        a_ruleset(with_changes(ASK, in_flight="pin")),
    )

    assert [(wait.due_at, wait.revision) for wait in outcome.waits] == [(NOON + 9 * DAY, "r1")]


def test_a_moved_wait_of_a_renamed_rule_does_not_stay_behind() -> None:
    renamed = with_changes(ASK, id="new", renamed_from="ask")
    outcome = moved(
        shipped(NOON, "P2"), delivered(NOON + 2 * DAY, "P2"), rules=(renamed,), now=NOON + 2 * DAY
    )

    assert [(wait.rule_id, wait.due_at) for wait in outcome.waits] == [("new", NOON + 9 * DAY)]
    assert [wait.rule_id for wait in outcome.ended_waits] == ["ask"]


def test_what_is_due_is_asked_only_when_all_news_is_read() -> None:
    outcome = later(ASK, more=True)

    assert (said(outcome), outcome.ended_waits, outcome.wake.at, outcome.wake.ended) == (
        [],
        (),
        NOON + 7 * DAY,
        False,
    )


def test_of_the_triggering_event_only_what_is_read_as_it_was_is_kept() -> None:
    told = a_parcel_event("eta_changed", eta_shift="2 days", carrier="acme")
    rule = a_rule(trigger=After(parse_duration("2 days"), "shipment.eta_changed"))

    assert decided(a_ruleset(rule), a_situation(told)).waits[0].data == {
        "shipment.eta_shift": "2 days"
    }
