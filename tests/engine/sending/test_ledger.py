from datetime import datetime
from typing import Any

import pytest

from engine.decisions.decision import Effect, Reason
from engine.sending import ledger
from engine.sending.gates import Allowed, Dropped, Held, Verdict
from tests.engine.builders import DAY, HOUR, NOON, an_effect

CLAIMED = an_effect(state="claimed", owner="me", channel="email", revision="r1")


def attempted(effect: Effect, verdict: Verdict, now: datetime) -> Effect:
    return ledger.attempted(effect, verdict, "me", "r1", now)


def test_the_first_claim_fixes_channel_and_revision() -> None:
    claimed = ledger.attempted(an_effect(), Allowed("email"), "me", "r1", NOON)

    assert (claimed.state, claimed.owner, claimed.channel, claimed.revision) == (
        "claimed",
        "me",
        "email",
        "r1",
    )


def test_a_later_attempt_keeps_them() -> None:
    again = ledger.attempted(CLAIMED, Allowed("sms"), "you", "r2", NOON)

    assert (again.owner, again.channel, again.revision) == ("you", "email", "r1")


@pytest.mark.parametrize(
    ("verdict", "state", "reason"),
    [
        (Held(NOON + DAY, Reason.CAPPED), "held", Reason.CAPPED),
        (Dropped(Reason.EXPIRED), "dropped", Reason.EXPIRED),
    ],
)
@pytest.mark.parametrize("ask", [ledger.data_begins, attempted])
def test_a_gate_holds_or_drops_at_both_questions(
    ask: Any, verdict: Any, state: str, reason: Reason
) -> None:
    stopped = ask(CLAIMED, verdict, NOON)

    assert (stopped.state, stopped.reason, stopped.owner) == (state, reason, None)


def test_data_begins_only_when_the_last_question_allows_it() -> None:
    assert ledger.data_begins(CLAIMED, Allowed("email"), NOON).state == "data"


def test_a_receivers_answer_settles_it() -> None:
    assert (ledger.sent(CLAIMED, NOON).state, ledger.sent(CLAIMED, NOON).settled_at) == (
        "sent",
        NOON,
    )
    assert ledger.refused(CLAIMED, "550 5.1.1", NOON).reason_by == "550 5.1.1"
    assert ledger.back(an_effect(state="data", owner="me")) == an_effect(
        state="claimed", owner="me"
    )


def test_an_essential_message_is_sent_once_more_when_nobody_knows() -> None:
    again = ledger.uncertain(CLAIMED, NOON, essential=True)

    assert (again.state, again.resent, again.owner) == ("wanted", 1, None)
    assert ledger.uncertain(again, NOON, essential=True).state == "uncertain"


def test_a_courtesy_is_never_sent_again() -> None:
    assert ledger.uncertain(CLAIMED, NOON, essential=False).state == "uncertain"


def test_a_held_message_is_wanted_again_from_the_moment_it_was_held_for() -> None:
    held = an_effect(state="held", held_until=NOON)

    assert (
        ledger.released(held, NOON + HOUR).state,
        ledger.released(held, NOON + HOUR).held_until,
    ) == ("wanted", NOON)
    assert ledger.released(an_effect(state="held"), NOON).held_until == NOON


def test_a_sender_that_is_refused_waits_for_a_person() -> None:
    waiting = ledger.misconfigured(CLAIMED, NOON + HOUR, "535")

    assert (waiting.state, waiting.held_until) == ("held", NOON + HOUR)
    assert not ledger.gives_key_back(waiting)


def test_a_call_is_done_or_failed() -> None:
    call = an_effect(kind="call", state="claimed")

    assert ledger.finished(call, {"id": 1}, NOON).result == {"id": 1}
    assert ledger.failed(call, "no such parcel", NOON).state == "failed"


@pytest.mark.parametrize(
    "reason",
    [
        "condition_false",
        "fact_unknown",
        "stopped_by",
        "overtaken",
        "rule_removed",
        "off",
        "shadow",
        "erased",
        "error",
    ],
)
def test_a_message_that_ended_for_no_gate_gives_its_key_back(reason: str) -> None:
    assert ledger.gives_key_back(ledger.dropped(an_effect(), Reason(reason), None, NOON))


@pytest.mark.parametrize(
    "reason",
    ["no_consent", "no_channel", "suppressed_by", "holdout", "capped", "held_quiet", "expired"],
)
def test_a_message_that_a_gate_or_time_ended_keeps_its_key(reason: str) -> None:
    assert not ledger.gives_key_back(ledger.dropped(an_effect(), Reason(reason), None, NOON))


@pytest.mark.parametrize(
    "state", ["wanted", "claimed", "data", "sent", "uncertain", "held", "done", "failed"]
)
def test_what_has_not_ended_unsent_keeps_its_key(state: Any) -> None:
    effect: Effect = an_effect(state=state, reason=Reason.ERROR)

    assert not ledger.gives_key_back(effect)
