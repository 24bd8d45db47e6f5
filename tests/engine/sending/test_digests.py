"""Which messages leave as one, and what each of them is told, whichever is asked first."""

from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest

from engine.catalog.values import parse_duration
from engine.decisions.reason import Reason
from engine.rules.policies import Cap, Digest, Policies
from engine.sending.digests import settle_together
from engine.sending.gates import Allowed, Candidate, Customer, Dropped, Held, Sent, Verdict
from tests.engine.builders import DAY, HOUR, NIGHT, NOON, a_customer, a_message, a_policy

MINUTE = timedelta(minutes=1)
WEEKLY = Cap(1, parse_duration("7 days"), ("sales", "loyalty"))
DIGEST = Digest(("sales", "loyalty"), 2, "digest", None)
LONG = NOON + 30 * DAY
MAIL = frozenset({"email"})


def policy(digest: Digest | None = DIGEST, **changes: Any) -> Policies:
    return replace(a_policy(caps=(WEEKLY,), **changes), digest=digest)


def waiting(key: str, **changes: Any) -> Candidate:
    return a_message(
        **{"key": key, "valid_until": LONG, "settles_at": NOON, "awaits_room": True, **changes}
    )


ONE, TWO, THREE = waiting("one"), waiting("two", due_at=NOON - HOUR), waiting("three")


def told(
    message: Candidate, *rivals: Candidate, policies: Policies | None = None, **changes: Any
) -> Verdict:
    customer: Customer = a_customer(rivals=rivals, **changes)
    return settle_together(customer, message, policies or policy(), MAIL, NOON)


def test_the_first_of_them_carries_the_others() -> None:
    assert told(TWO, ONE, THREE) == Allowed("email", "digest", ("one", "three"))


def test_whoever_is_carried_waits_for_its_carrier() -> None:
    assert told(ONE, TWO) == Held(NOON + MINUTE, Reason.DIGESTED, "two")


@pytest.mark.parametrize(
    "other",
    [
        waiting("two", awaits_room=False, due_at=NOON + HOUR),
        waiting("two", channels=("sms",)),
        waiting("two", valid_until=NOON),
    ],
)
def test_one_that_waits_alone_leaves_as_itself(other: Candidate) -> None:
    assert told(ONE, other) == Allowed("email")


def test_without_the_policy_each_leaves_as_itself() -> None:
    assert told(TWO, ONE, policies=policy(None)) == Allowed("email")


def test_without_room_nothing_is_gathered() -> None:
    sent = (Sent("sales", NOON - DAY),)

    assert told(TWO, ONE, sent=sent) == Held(NOON + 6 * DAY + MINUTE, Reason.CAPPED)


def test_at_night_it_waits_for_the_morning() -> None:
    asleep = policy(quiet_hours=replace(NIGHT, start=time(11), end=time(13)))

    assert told(TWO, ONE, policies=asleep) == Held(NOON + HOUR, Reason.HELD_QUIET)


def test_the_digest_has_its_time_of_day() -> None:
    at_two = policy(replace(DIGEST, send_at=time(14)))

    assert told(TWO, ONE, policies=at_two) == Held(
        NOON + 2 * HOUR + MINUTE, Reason.DIGESTED, "digest"
    )
    assert told(replace(TWO, has_digest_waited=True), ONE, policies=at_two) == Allowed(
        "email", "digest", ("one",)
    )


def test_one_that_cannot_wait_for_the_time_of_day_leaves_at_once() -> None:
    at_two = policy(replace(DIGEST, send_at=time(14)))

    assert told(replace(TWO, valid_until=NOON + HOUR), ONE, policies=at_two) == Allowed("email")


def test_a_better_message_of_the_same_minute_takes_the_room() -> None:
    better = replace(ONE, key="better", due_at=NOON - DAY, awaits_room=False)

    assert isinstance(told(TWO, ONE, better), Held)
    assert told(better, ONE, TWO) == Allowed("email")


def test_a_digest_takes_the_room_of_one() -> None:
    roomy = replace(policy(), caps=(replace(WEEKLY, at_most=2),))
    late = replace(ONE, key="late", due_at=NOON, rule_id="z", awaits_room=False)

    assert told(late, ONE, TWO, THREE, policies=roomy) == Allowed("email")


def test_one_that_sleeps_is_carried_but_does_not_lead() -> None:
    asleep = replace(TWO, settles_at=NOON + HOUR)

    assert told(ONE, asleep) == Allowed("email", "digest", ("two",))


def test_one_that_is_too_late_ends_as_ever() -> None:
    assert told(replace(ONE, valid_until=NOON), TWO, THREE) == Dropped(Reason.EXPIRED)
