"""The gates of an explanation as values, and as a program reads them."""

from engine.decisions.reason import Reason
from operations.explain.gates import (
    EndedBy,
    HeldBack,
    InDigest,
    NotPicked,
    SilenceBehind,
    StoppedByEvent,
    Unsure,
    gate_json,
)
from tests.engine.builders import DAY, HOUR, NOON, PLACE, a_silence, an_effect
from tests.operations.explain.explanations import a_decision, an_explanation, sent


def test_a_message_that_left_met_no_gate() -> None:
    assert an_explanation(sent()).gates == ()


def test_what_stopped_a_rule_comes_first() -> None:
    stopped = a_decision(reason=Reason.STOPPED_BY, by="order.cancelled")
    held = an_effect(state="held", held_until=NOON + HOUR, reason=Reason.HELD_QUIET)

    gates = an_explanation(held, decision=stopped).gates
    assert gates == (
        StoppedByEvent("order.cancelled"),
        HeldBack("hello", (), "held_quiet", NOON + HOUR),
    )


def test_a_silence_is_told_with_all_that_is_known_of_it() -> None:
    dropped = an_effect(
        state="dropped",
        reason=Reason.SUPPRESSED_BY,
        reason_by="hush",
        category="sales",
        settled_at=NOON + DAY,
    )
    silence = a_silence("sales", order="A2", until=("support.case_solved",))

    (gate,) = an_explanation(dropped, silences=[silence]).gates
    behind = SilenceBehind(
        "sales", "A2", silence.starts_at, silence.ends_at, str(PLACE), ("support.case_solved",)
    )
    assert gate == EndedBy("hello", "suppressed_by hush", behind)
    assert gate_json(gate)["silence"]["lifts_on"] == ["support.case_solved"]


def test_a_gate_without_a_silence_has_none() -> None:
    dropped = an_effect(state="dropped", reason=Reason.NO_CONSENT, category="sales")

    assert an_explanation(dropped).gates == (EndedBy("hello", "no_consent"),)


def test_a_program_reads_of_each_gate_which_kind_it_is() -> None:
    gates = (
        StoppedByEvent("order.cancelled"),
        HeldBack("hello", ("find_code",), "error", None),
        Unsure("hello", "uncertain"),
        InDigest("hello", "digest"),
        EndedBy("hello", "no_consent"),
        NotPicked("SHOE", ("out of stock",)),
    )

    assert [gate_json(one)["gate"] for one in gates] == [
        "stopped",
        "held",
        "unsure",
        "in_digest",
        "ended",
        "not_picked",
    ]
    assert gate_json(gates[1]) == {
        "gate": "held",
        "name": "hello",
        "reason": "error",
        "awaits": ["find_code"],
        "until": None,
    }
