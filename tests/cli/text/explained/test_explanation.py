"""How an explanation reads, from what the tables hold."""

import pytest

from cli.text.explained.explanation import explanation_lines
from engine.catalog.values import parse_duration
from engine.decisions.reason import Reason
from engine.rules.rule import After
from tests.engine.builders import DAY, HOUR, NOON, PLACE, a_firing, a_rule, a_silence, an_effect
from tests.operations.explain.explanations import PROOF, a_decision, an_explanation, sent


def test_a_message_that_was_sent_says_when_and_by_which_channel() -> None:
    decided = "decided 2 Mar 2026 12:00 UTC"
    assert explanation_lines(an_explanation(sent())) == [
        (
            f"parcel-shipped · shipment P1 · revision r1 · {decided} · SENT: hello 2 Mar 2026 "
            f"12:00 UTC by email"
        ),
        "  ✓ when   shipment.shipped (happened 2 Mar 2026 12:00 UTC) → due 2 Mar 2026 12:00 UTC",
    ]


def test_a_condition_that_held_is_shown_with_what_it_read() -> None:
    lines = explanation_lines(an_explanation(sent(), decision=a_decision(proof=PROOF)))

    assert lines[2:] == ["  ✓ if     order.express = false [false]"]


def test_a_firing_that_waits_says_until_when() -> None:
    rule = a_rule("late", trigger=After(parse_duration("2 days"), "shipment.shipped"))
    waiting = an_explanation(
        rule=rule, decision=None, firing=a_firing("late", due_at=NOON + 2 * DAY)
    )

    assert explanation_lines(waiting) == [
        "late · shipment P1 · revision r1 · WAITING until 4 Mar 2026 12:00 UTC",
        (
            "  ✓ when   2 days after shipment.shipped (happened 2 Mar 2026 12:00 UTC) → due 4 Mar "
            "2026 12:00 UTC"
        ),
    ]


def test_a_message_that_is_held_names_the_gate_and_when_it_opens() -> None:
    held = an_effect(state="held", held_until=NOON + 20 * HOUR, reason=Reason.HELD_QUIET)
    lines = explanation_lines(an_explanation(held))

    assert lines[0].endswith("HELD: hello: held_quiet until 3 Mar 2026 08:00 UTC")
    assert lines[-1] == "  … gate   hello: held_quiet until 3 Mar 2026 08:00 UTC"


@pytest.mark.parametrize(("holds", "mark"), [(False, "✗"), (None, "?")])
def test_a_condition_that_did_not_hold_is_marked(holds: bool | None, mark: str) -> None:
    proof = (
        {"text": "order.returned = false", "holds": holds, "read": [["order.returned", "unknown"]]},
    )
    refused = a_decision(reason=Reason.CONDITION_FALSE, by="order.returned = false", proof=proof)

    lines = explanation_lines(an_explanation(decision=refused))
    assert lines[0].endswith("NOT SENT: condition_false order.returned = false")
    assert lines[2] == f"  {mark} if     order.returned = false [unknown]"


def test_what_stopped_a_rule_is_named() -> None:
    stopped = a_decision(reason=Reason.STOPPED_BY, by="order.cancelled")

    assert (
        explanation_lines(an_explanation(decision=stopped))[-1]
        == "  ✗ stop   order.cancelled happened"
    )


def test_a_message_that_was_silenced_names_the_order_the_time_the_line_and_what_lifts_it() -> None:
    dropped = an_effect(
        state="dropped",
        reason=Reason.SUPPRESSED_BY,
        reason_by="hush",
        category="sales",
        settled_at=NOON + DAY,
    )
    silence = a_silence("sales", order="A2", until=("support.case_solved",))

    lines = explanation_lines(an_explanation(dropped, silences=[silence]))
    assert lines[0].endswith("NOT SENT: hello: suppressed_by hush")
    assert lines[-1] == (
        "  ✗ gate   hello: suppressed_by hush (order A2): sales silenced 2 Mar 2026 12:00 UTC → 1 "
        "May 2026 12:00 UTC, "
        f"{PLACE}; lifts on support.case_solved"
    )


def test_of_two_silences_of_a_rule_the_one_that_ended_the_message_is_named() -> None:
    dropped = an_effect(
        state="dropped",
        reason=Reason.SUPPRESSED_BY,
        reason_by="hush",
        category="sales",
        settled_at=NOON + 70 * DAY,
    )
    later = a_silence("sales", order="A3", starts_at=NOON + 65 * DAY, ends_at=NOON + 99 * DAY)

    assert (
        "(order A3)"
        in explanation_lines(
            an_explanation(dropped, silences=[a_silence("sales", order="A2"), later])
        )[-1]
    )


def test_a_gate_that_is_no_silence_names_none() -> None:
    dropped = an_effect(
        state="dropped", reason=Reason.NO_CONSENT, category="sales", settled_at=NOON
    )

    lines = explanation_lines(
        an_explanation(dropped, silences=[a_silence("sales", rule_id="hush")])
    )
    assert lines[-1] == "  ✗ gate   hello: no_consent"


def test_a_message_of_which_nobody_knows_says_what_is_known() -> None:
    told = explanation_lines(an_explanation(an_effect(state="uncertain")))

    assert told[-1].startswith(
        "  ? mail   hello: it went out, but the mail server never said that it arrived"
    )


def test_a_recommendation_says_what_it_left_out_and_why() -> None:
    left_out = [{"id": "POT", "because": ["sent_back", "badly_reviewed"]}]
    picks = an_effect(
        kind="call",
        name="recommend",
        state="done",
        result={"items": [], "count": 0, "left_out": left_out},
    )

    assert "  ✗ pick   POT: sent_back, badly_reviewed" in explanation_lines(an_explanation(picks))


def test_an_action_of_the_shops_own_may_answer_what_it_likes() -> None:
    other = an_effect(kind="call", name="count_stock", state="done", result={"left_out": 3})

    assert not [line for line in explanation_lines(an_explanation(other)) if "pick" in line]


def test_a_digest_names_what_it_carries_and_what_is_in_it_names_the_digest() -> None:
    carrier = an_explanation(sent(shown="digest", carries=("order:shop/A2/offer/hello",)))
    carried = an_explanation(
        an_effect(state="dropped", reason=Reason.DIGESTED, reason_by="order:shop/A1/tier/tier")
    )

    assert carrier.verdict == "SENT: digest 2 Mar 2026 12:00 UTC by email"
    assert (
        explanation_lines(carrier)[-1] == "  ✓ mail   digest: hello and order:shop/A2/offer/hello"
    )
    assert carried.verdict == "IN A DIGEST: hello"
    assert (
        explanation_lines(carried)[-1]
        == "  → mail   hello: is in the digest order:shop/A1/tier/tier"
    )
