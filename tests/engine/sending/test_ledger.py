from collections.abc import Callable

import pytest

from engine.decisions.effects import Effect, EffectState, came_to_nothing
from engine.decisions.reason import Reason
from engine.sending.gates import Allowed, Dropped, Held, Verdict
from engine.sending.ledger import (
    ATTEMPTED,
    BACK,
    DROPPED,
    FAILED,
    FINISHED,
    LAW,
    LEFT,
    MISCONFIGURED,
    REFUSED,
    RELEASED,
    SENT,
    UNCERTAIN,
    AgainstTheLaw,
    Transition,
)
from tests.engine.builders import DAY, HOUR, NOON, an_effect

CLAIMED = an_effect(state="claimed", owner="me", channel="email", revision="r1")
LEAVING = CLAIMED.now(state="leaving")


def attempted(effect: Effect, verdict: Verdict) -> Effect:
    return ATTEMPTED(verdict, "me", "r1").of(effect, NOON)


def asked_last(effect: Effect, verdict: Verdict) -> Effect:
    return LEFT(verdict).of(effect, NOON)


def test_the_first_claim_fixes_channel_and_revision() -> None:
    claimed = attempted(an_effect(), Allowed("email"))

    assert (claimed.state, claimed.owner, claimed.channel, claimed.revision) == (
        "claimed",
        "me",
        "email",
        "r1",
    )


def test_a_later_attempt_keeps_them() -> None:
    again = ATTEMPTED(Allowed("sms"), "you", "r2").of(CLAIMED, NOON)

    assert (again.owner, again.channel, again.revision) == ("you", "email", "r1")


@pytest.mark.parametrize(
    ("verdict", "state", "reason"),
    [
        (Held(NOON + DAY, Reason.CAPPED), "held", Reason.CAPPED),
        (Dropped(Reason.EXPIRED), "dropped", Reason.EXPIRED),
    ],
)
@pytest.mark.parametrize("ask", [asked_last, attempted])
def test_a_gate_holds_or_drops_at_both_questions(
    ask: Callable[[Effect, Verdict], Effect], verdict: Verdict, state: str, reason: Reason
) -> None:
    stopped = ask(CLAIMED, verdict)

    assert (stopped.state, stopped.reason, stopped.owner) == (state, reason, None)


def test_a_message_leaves_only_when_the_last_question_allows_it() -> None:
    assert asked_last(CLAIMED, Allowed("email")).state == "leaving"


def test_a_receivers_answer_settles_it() -> None:
    sent = SENT().of(LEAVING, NOON)

    assert (sent.state, sent.settled_at) == ("sent", NOON)
    assert REFUSED("550 5.1.1").of(LEAVING, NOON).reason_by == "550 5.1.1"
    assert BACK().of(LEAVING, NOON) == CLAIMED


def test_an_essential_message_is_sent_once_more_when_nobody_knows() -> None:
    again = UNCERTAIN(essential=True).of(LEAVING, NOON)

    assert (again.state, again.resent, again.owner) == ("wanted", 1, None)
    resent = again.now(state="leaving", owner="me")
    assert UNCERTAIN(essential=True).of(resent, NOON).state == "uncertain"


def test_a_courtesy_is_never_sent_again() -> None:
    assert UNCERTAIN(essential=False).of(LEAVING, NOON).state == "uncertain"


def test_a_held_message_is_wanted_again_from_the_moment_it_was_held_for() -> None:
    held = an_effect(state="held", held_until=NOON)
    released = RELEASED().of(held, NOON + HOUR)

    assert (released.state, released.held_until) == ("wanted", NOON)
    assert RELEASED().of(an_effect(state="held"), NOON).held_until == NOON


def test_a_sender_that_is_refused_waits_for_a_person() -> None:
    waiting = MISCONFIGURED(NOON + HOUR, "535").of(CLAIMED, NOON)

    assert (waiting.state, waiting.held_until) == ("held", NOON + HOUR)
    assert not came_to_nothing([waiting])


def test_a_call_is_done_or_failed() -> None:
    call = an_effect(kind="call", state="claimed")

    assert FINISHED({"id": 1}).of(call, NOON).result == {"id": 1}
    assert FAILED("no such parcel").of(call, NOON).state == "failed"


@pytest.mark.parametrize("state", ["sent", "held", "dropped", "wanted"])
def test_what_is_not_leaving_cannot_be_sent(state: EffectState) -> None:
    with pytest.raises(AgainstTheLaw, match=f"sent: from {state}"):
        SENT().of(an_effect(state=state), NOON)


def test_a_transition_leads_nowhere_else() -> None:
    astray = Transition("astray", ("claimed",), ("sent",), lambda effect, _: effect)

    with pytest.raises(AgainstTheLaw, match="astray: to claimed"):
        astray().of(CLAIMED, NOON)


def test_another_owner_is_fenced() -> None:
    assert SENT.is_open_to(LEAVING, "me")
    assert not SENT.is_open_to(LEAVING, "a zombie")
    assert not SENT.is_open_to(CLAIMED, "me")


def test_no_two_transitions_share_a_name() -> None:
    assert len({one.name for one in LAW}) == len(LAW)


@pytest.mark.parametrize("reason", sorted(set(Reason) - {Reason.DIGESTED}))
def test_a_firing_whose_every_message_ended_unsent_came_to_nothing(reason: Reason) -> None:
    unsent = DROPPED(reason, None).of(an_effect(), NOON)

    assert came_to_nothing([unsent])
    assert came_to_nothing([unsent, an_effect(state="refused", reason=Reason.ERROR)])


@pytest.mark.parametrize("state", ["wanted", "claimed", "leaving", "sent", "uncertain", "held"])
def test_a_firing_with_a_message_that_was_or_may_be_sent_did_not(state: EffectState) -> None:
    unsent = DROPPED(Reason.NO_CONSENT, None).of(an_effect(), NOON)

    assert not came_to_nothing([unsent, an_effect(state=state)])


def test_a_message_that_left_in_a_digest_was_sent() -> None:
    assert not came_to_nothing([DROPPED(Reason.DIGESTED, "digest").of(an_effect(), NOON)])


@pytest.mark.parametrize(
    ("state", "is_nothing"),
    [("wanted", False), ("claimed", False), ("done", False), ("failed", True), ("dropped", True)],
)
def test_a_call_of_a_firing_counts_once_it_is_done(state: EffectState, is_nothing: bool) -> None:
    unsent = DROPPED(Reason.EXPIRED, None).of(an_effect(), NOON)

    assert came_to_nothing([unsent, an_effect(kind="call", state=state)]) is is_nothing


def test_a_firing_without_messages_has_done_something() -> None:
    assert not came_to_nothing([an_effect(kind="call", state="dropped")])
    assert not came_to_nothing([])


def test_a_firing_without_messages_whose_values_are_unknown_had_nothing_to_do() -> None:
    idle = an_effect(kind="call", state="dropped", reason=Reason.FACT_UNKNOWN)

    assert came_to_nothing([idle])
    assert not came_to_nothing([idle, an_effect(kind="call", state="done")])
    assert not came_to_nothing([idle, an_effect(kind="call", state="failed")])
