"""What an explanation comes to, from what the tables hold."""

import pytest

from engine.decisions.reason import Reason
from operations.explain.explanation import last_words
from tests.engine.builders import HOUR, NOON, an_effect
from tests.operations.explain.explanations import PROOF, a_decision, an_explanation, sent


def test_a_rule_that_only_falls_silent_has_acted() -> None:
    assert an_explanation().verdict == "ACTED"


def test_a_call_is_done_or_not_done() -> None:
    done = an_effect(kind="call", name="open_case", state="done", category=None, settled_at=NOON)
    failed = an_effect(
        kind="call", name="open_case", state="failed", reason=Reason.ERROR, reason_by="no answer"
    )

    assert an_explanation(done).verdict == "DONE: open_case 2 Mar 2026 12:00 UTC"
    assert an_explanation(failed).verdict == "NOT DONE: open_case: error no answer"


def test_a_message_nobody_is_sure_of_says_so() -> None:
    assert an_explanation(an_effect(state="uncertain")).verdict == "UNCERTAIN: hello"


@pytest.mark.parametrize(
    ("occurrence", "thing"),
    [
        ("shipment:P-6a", "shipment P-6a"),
        ("shipment:only", ""),
        ("order:A1", ""),
        ("customer+customer.tier=gold", "customer.tier gold"),
        ("customer+order.delivered+order:A1+2026-03-02T12:00:00Z", ""),
    ],
)
def test_the_header_names_the_thing_where_an_order_may_have_several(
    occurrence: str, thing: str
) -> None:
    assert an_explanation(decision=a_decision(occurrence=occurrence)).thing == thing


def test_a_message_that_was_sent_stays_sent_when_the_rule_is_asked_again() -> None:
    first, again = a_decision(proof=PROOF), a_decision(at=NOON + HOUR, reason=Reason.ALREADY_DONE)

    assert last_words([first, again]) == [first]


def test_a_second_firing_that_acts_outweighs_the_first_that_did_not() -> None:
    first, again = a_decision(reason=Reason.CONDITION_FALSE), a_decision(at=NOON + HOUR)

    assert last_words([first, again]) == [again]
    assert last_words([a_decision(reason=Reason.OVERTAKEN)]) == [
        a_decision(reason=Reason.OVERTAKEN)
    ]


def test_two_parcels_are_explained_one_by_one() -> None:
    decisions = [a_decision(occurrence="shipment:P1"), a_decision(occurrence="shipment:P2")]

    assert last_words(decisions) == decisions


def test_a_machine_reads_the_same() -> None:
    told = an_explanation(sent(), decision=a_decision(proof=PROOF)).to_json()

    assert (told["rule"], told["thing"], told["reason"]) == ("parcel-shipped", "shipment P1", None)
    assert told["due_at"] == "2026-03-02T12:00:00.000000Z"
    assert told["effects"][0]["state"] == "sent"
    assert told["proof"] == list(PROOF)


def test_a_message_that_waits_for_its_digest_says_until_when() -> None:
    held = an_effect(
        state="held", held_until=NOON + HOUR, reason=Reason.DIGESTED, reason_by="digest"
    )

    assert an_explanation(held).verdict == "HELD: hello: digested digest until 2 Mar 2026 13:00 UTC"
