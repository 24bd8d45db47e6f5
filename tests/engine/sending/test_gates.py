from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalog.calendar import QuietHours
from engine.catalog.values import parse_duration
from engine.decisions.reason import Reason
from engine.rules.policies import Cap, Category, Holdout
from engine.sending.gates import (
    Allowed,
    Dropped,
    Held,
    Sent,
    Verdict,
    holds_out,
    is_weighed,
    room_at,
    settle,
)
from tests.engine.builders import (
    DAY,
    DELIVERY,
    HOUR,
    LOYALTY,
    NIGHT,
    NOON,
    REVIEW,
    SALES,
    a_buyer,
    a_customer,
    a_happening,
    a_message,
    a_policy,
    a_silence,
    an_event,
)

WEEKLY = Cap(2, parse_duration("7 days"), ("loyalty", "sales"), valid_for=parse_duration("3 days"))
LONG = NOON + 30 * DAY
HOLDOUT = Holdout(100, "salt", frozenset({"sales"}))
BEDTIME = NOON + 10 * HOUR


def judged(message: Any = None, now: Any = NOON, policy: Any = None, **changes: Any) -> Verdict:
    return settle(a_customer(**changes), message or a_message(), policy or a_policy(), now)


def test_a_message_that_nothing_stands_against_leaves_on_its_channel() -> None:
    assert judged() == Allowed("email")


def test_customer_without_consent_is_never_messaged() -> None:
    assert judged(consents=()) == Dropped(Reason.NO_CONSENT)


def test_a_message_past_its_time_is_dropped_before_anything_else_is_asked() -> None:
    assert judged(now=NOON + DAY, consents=(), id=None) == Dropped(Reason.EXPIRED)
    assert judged(now=NOON + DAY - timedelta(microseconds=1)) == Allowed("email")


def test_a_message_whose_customer_is_unknown_waits_as_long_as_it_is_worth_sending() -> None:
    assert judged(id=None) == Held(NOON + DAY, Reason.UNKNOWN_CUSTOMER)


def test_the_first_channel_with_an_address_and_consent_is_taken() -> None:
    message = a_message(channels=("push", "sms", "email"))
    withdrawn = an_event("consent.withdrawn", NOON + HOUR, data={"consent.channel": "sms"})
    given = an_event("consent.given", data={"consent.category": "sales"})
    addresses = {"sms": "+1", "email": "ana@example.com"}

    assert judged(message, addresses=addresses) == Allowed("sms")
    assert judged(message, addresses=addresses, state=a_buyer(given, withdrawn)) == Allowed("email")


@pytest.mark.parametrize(
    ("changes", "channels", "why"),
    [
        ({"addresses": {}}, ("email",), Dropped(Reason.NO_CHANNEL, "email: dead address")),
        ({}, ("sms",), Dropped(Reason.NO_CHANNEL, "sms: no provider")),
        (
            {"addresses": {}},
            ("sms", "email"),
            Dropped(Reason.NO_CHANNEL, "sms: no provider, email: dead address"),
        ),
        ({}, (), Dropped(Reason.NO_CHANNEL, "no template part")),
        ({"consents": (), "addresses": {}}, ("email",), Dropped(Reason.NO_CONSENT)),
        ({"consents": ()}, ("email", "sms"), Dropped(Reason.NO_CONSENT)),
    ],
)
def test_a_missing_address_is_told_from_a_missing_consent(
    changes: Any, channels: Any, why: Dropped
) -> None:
    unusable = {"sms": "no provider", "email": "dead address"}
    assert judged(a_message(channels=channels), unusable=unusable, **changes) == why


def test_a_message_waits_for_an_address_as_long_as_it_is_worth_sending() -> None:
    unusable = {"email": "no address", "sms": "no address", "push": "no provider"}
    nowhere: Any = {
        "addresses": {},
        "unaddressed": frozenset({"email", "sms"}),
        "unusable": unusable,
    }
    waits = Held(NOON + DAY, Reason.NO_CHANNEL, "email: no address")
    no_provider = Dropped(Reason.NO_CHANNEL, "push: no provider")

    assert judged(**nowhere) == waits
    assert judged(consents=(), **nowhere) == Dropped(Reason.NO_CONSENT)
    assert judged(a_message(channels=("push",)), **nowhere) == no_provider
    assert judged(a_message(channels=("sms", "email")), unaddressed={"sms"}) == Allowed("email")
    dead: Any = nowhere | {"unaddressed": frozenset({"sms"})}
    assert judged(a_message(channels=("email",)), **dead) == Dropped(Reason.NO_CHANNEL, waits.by)
    waited = a_message(has_awaited_address=True)
    assert judged(waited, now=NOON + DAY, **nowhere) == Dropped(Reason.NO_CHANNEL, waits.by)
    there = judged(waited, now=NOON + DAY)
    assert there == Dropped(Reason.NO_CHANNEL, "email: no address in time")


def test_a_withdrawal_on_the_only_reachable_channel_is_a_missing_consent() -> None:
    state = a_buyer(
        an_event("consent.given"),
        an_event("consent.withdrawn", NOON + HOUR, data={"consent.channel": "email"}),
    )

    assert judged(a_message(channels=("email", "sms")), state=state) == Dropped(Reason.NO_CONSENT)


def test_news_of_the_order_needs_no_consent_but_heeds_a_no_to_this_very_category() -> None:
    complaint = an_event("message.complained")
    no_news = an_event("consent.withdrawn", data={"consent.category": "delivery"})

    assert judged(a_message(DELIVERY), state=a_buyer(complaint)) == Allowed("email")
    assert judged(a_message(DELIVERY), state=a_buyer(no_news)) == Dropped(Reason.NO_CONSENT)


def test_marketing_that_asks_for_no_consent_still_heeds_a_complaint() -> None:
    soft = a_message(Category("news", "marketing", consent="none"))

    assert judged(soft, consents=()) == Allowed("email")
    assert judged(soft, state=a_buyer(an_event("message.complained"))) == Dropped(Reason.NO_CONSENT)


@pytest.mark.parametrize(
    ("changes", "order", "silent"),
    [
        ({}, "A1", True),
        ({}, "A2", False),
        ({}, None, False),
        ({"across_customer": True}, "A2", True),
        ({"across_customer": True}, None, True),
        ({"order": None}, "A2", True),
        ({"starts_at": NOON + HOUR}, "A1", False),
        ({"ends_at": NOON}, "A1", False),
        ({"ends_at": NOON + timedelta(seconds=1)}, "A1", True),
        ({"categories": ("loyalty",)}, "A1", False),
    ],
)
def test_a_silence_covers_its_order_or_the_customer_for_its_time(
    changes: Any, order: Any, *, silent: bool
) -> None:
    verdict = judged(a_message(order=order), silences=(a_silence(**changes),))

    assert verdict == (Dropped(Reason.SUPPRESSED_BY, "hush") if silent else Allowed("email"))


def test_a_silence_ends_with_its_event() -> None:
    silence = a_silence(until=("support.case_solved",))
    solved = a_happening("support.case_solved", NOON + HOUR)

    assert isinstance(judged(silences=(silence,)), Dropped)
    assert judged(now=NOON + HOUR, silences=(silence,), history=(solved,)) == Allowed("email")


def test_a_category_that_ignores_silence_is_heard() -> None:
    assert judged(a_message(REVIEW), silences=(a_silence("review"),)) == Allowed("email")
    assert judged(
        a_message(DELIVERY), silences=(a_silence("delivery"),), policy=a_policy(holdout=HOLDOUT)
    ) == Allowed("email")


def test_the_gates_stand_in_their_order() -> None:
    policy = a_policy(
        holdout=HOLDOUT, caps=(Cap(1, parse_duration("7 days"), ("sales",)),), quiet_hours=NIGHT
    )
    changes: dict[str, Any] = {
        "silences": (a_silence(ends_at=LONG),),
        "sent": (Sent("sales", NOON),),
        "consents": (),
    }
    found = []
    for mend in (
        {"consents": ("sales",)},
        {"silences": ()},
        {"policy": replace(policy, holdout=None)},
        {"sent": ()},
    ):
        found.append(judged(a_message(), BEDTIME, **{"policy": policy} | changes))
        changes |= mend
    found.append(judged(a_message(), BEDTIME, **changes))

    assert [getattr(one, "reason", None) for one in found] == [
        Reason.NO_CONSENT, Reason.SUPPRESSED_BY, Reason.HOLDOUT, Reason.CAPPED, Reason.HELD_QUIET,
    ]  # fmt: skip


def test_a_holdout_is_the_same_customer_for_ever() -> None:
    tenth = Holdout(10, "2026-h2", frozenset({"sales"}))
    held_out = [n for n in range(2000) if holds_out(tenth, f"C{n}", "sales")]

    assert held_out[:5] == [n for n in range(2000) if holds_out(tenth, f"C{n}", "sales")][:5]
    assert 140 < len(held_out) < 260


def test_a_larger_holdout_keeps_everyone_who_was_in_it_and_another_salt_does_not() -> None:
    share = [
        Holdout(percent, salt, frozenset({"sales"}))
        for percent, salt in ((10, "a"), (20, "a"), (10, "b"))
    ]
    small, large, other = (
        {n for n in range(500) if holds_out(one, str(n), "sales")} for one in share
    )

    assert small < large
    assert small != other


@pytest.mark.parametrize(("percent", "held"), [(0, 0), (100, 200)])
def test_a_holdout_of_none_or_all(percent: float, held: int) -> None:
    holdout = Holdout(percent, "salt", frozenset({"sales"}))

    assert sum(holds_out(holdout, str(n), "sales") for n in range(200)) == held
    assert not holds_out(holdout, "1", "loyalty")


def test_a_window_rolls_from_the_moment_of_sending_and_counts_its_categories_only() -> None:
    sent = [
        Sent("sales", NOON - 6 * DAY),
        Sent("loyalty", NOON - DAY),
        Sent("review", NOON),
        Sent("sales", NOON - 7 * DAY),
    ]

    assert room_at(WEEKLY, sent, NOON) == NOON + DAY
    assert room_at(WEEKLY, sent[1:], NOON) == NOON


@given(
    st.lists(st.integers(0, 300).map(lambda hours: Sent("sales", NOON - hours * HOUR)), max_size=6),
    st.integers(0, 3),
)
def test_when_a_cap_says_there_is_room_there_is(sent: list[Sent], at_most: int) -> None:
    cap = replace(WEEKLY, at_most=at_most)
    free_at = room_at(cap, sent, NOON)

    counted = [one for one in sent if (one.at or NOON) > free_at - 7 * DAY]
    assert free_at == NOON or at_most == 0 or len(counted) < at_most
    assert len(counted) < at_most or at_most == 0


def test_a_full_cap_holds_until_there_is_room_or_its_patience_ends() -> None:
    policy, sent = (
        a_policy(caps=(WEEKLY,)),
        (Sent("sales", NOON - 6 * DAY), Sent("sales", NOON - 5 * DAY)),
    )

    assert judged(a_message(valid_until=LONG), policy=policy, sent=sent) == Held(
        NOON + DAY + timedelta(minutes=1), Reason.CAPPED
    )
    full = (Sent("sales", NOON), Sent("sales", NOON))
    assert judged(a_message(valid_until=LONG), policy=policy, sent=full) == Held(
        NOON + 3 * DAY, Reason.CAPPED
    )
    assert judged(a_message(valid_until=NOON + HOUR), policy=policy, sent=full) == Held(
        NOON + HOUR, Reason.CAPPED
    )
    assert judged(a_message(valid_until=LONG), NOON + 3 * DAY, policy, sent=full) == Dropped(
        Reason.EXPIRED
    )


def test_a_full_cap_may_drop_whatever_another_cap_says() -> None:
    strict = replace(WEEKLY, then="drop")
    policy, sent = a_policy(caps=(WEEKLY, strict)), (Sent("sales", NOON), Sent("sales", NOON))

    assert judged(policy=policy, sent=sent) == Dropped(Reason.CAPPED)


def test_what_is_about_to_leave_counts_now_however_long_ago_it_was_due() -> None:
    late = a_message(due_at=NOON - 9 * DAY, valid_until=LONG)
    policy, leaving = a_policy(caps=(WEEKLY,)), (Sent("sales"), Sent("sales"))

    assert judged(late, policy=policy, sent=leaving[:1]) == Allowed("email")
    assert judged(late, policy=policy, sent=leaving) == Dropped(Reason.EXPIRED)
    assert room_at(WEEKLY, leaving, NOON) == NOON + 7 * DAY


def test_two_full_caps_hold_until_both_have_room() -> None:
    daily = Cap(1, parse_duration("24 hours"), ("sales",))
    sent = (Sent("sales", NOON - 6 * DAY), Sent("sales", NOON - HOUR))

    assert judged(
        a_message(valid_until=LONG), policy=a_policy(caps=(daily, WEEKLY)), sent=sent
    ) == Held(NOON + DAY + timedelta(minutes=1), Reason.CAPPED)


def test_what_a_cap_does_not_count_is_not_held_by_it() -> None:
    full = (Sent("sales", NOON), Sent("sales", NOON))

    assert judged(a_message(REVIEW), policy=a_policy(caps=(WEEKLY,)), sent=full) == Allowed("email")
    assert judged(
        a_message(DELIVERY),
        policy=a_policy(caps=(replace(WEEKLY, categories=("delivery",)),)),
        sent=full,
    ) == Allowed("email")
    assert not is_weighed(DELIVERY, a_policy(caps=(replace(WEEKLY, categories=("delivery",)),)))
    assert is_weighed(SALES, a_policy(caps=(WEEKLY,)))


def test_messages_under_a_cap_wait_for_the_end_of_their_minute() -> None:
    early = a_message(settles_at=NOON + timedelta(minutes=1))

    assert judged(early, policy=a_policy(caps=(WEEKLY,))) == Held(
        NOON + timedelta(minutes=1), Reason.CAPPED
    )
    assert judged(early, policy=a_policy()) == Allowed("email")


ONE = a_policy(caps=(Cap(1, parse_duration("7 days"), ("loyalty", "sales")),))


@pytest.mark.parametrize(
    ("rival", "wins"),
    [
        ({"category": LOYALTY}, False),
        ({"due_at": NOON - HOUR}, False),
        ({"due_at": NOON + HOUR}, True),
        ({"rule_id": "another"}, False),
        ({"rule_id": "zebra"}, True),
        ({"order": "A0"}, False),
        ({"order": "A2"}, True),
        ({"category": LOYALTY, "settles_at": NOON + HOUR}, True),
        ({"category": LOYALTY, "valid_until": NOON}, True),
        ({"category": LOYALTY, "channels": ("sms",)}, True),
    ],
)
def test_of_two_in_a_minute_the_more_worthy_takes_the_room(rival: Any, *, wins: bool) -> None:
    verdict = judged(
        a_message(valid_until=LONG),
        policy=ONE,
        rivals=(a_message(**{"key": "other", "valid_until": LONG} | rival),),
    )

    assert isinstance(verdict, Allowed) is wins


def test_quiet_hours_hold_until_the_morning_on_the_channels_they_name() -> None:
    policy = a_policy(quiet_hours=NIGHT)

    assert judged(now=BEDTIME, policy=policy) == Held(NOON + 20 * HOUR, Reason.HELD_QUIET)
    assert judged(
        now=BEDTIME, policy=a_policy(quiet_hours=replace(NIGHT, channels=frozenset({"sms"})))
    ) == Allowed("email")
    assert judged(now=BEDTIME, policy=a_policy(quiet_hours=replace(NIGHT, then="drop"))) == Dropped(
        Reason.HELD_QUIET
    )


def test_an_essential_answer_leaves_at_night() -> None:
    urgent = Category(
        "cancellation",
        "transactional",
        essential=True,
        ignores=frozenset({"quiet_hours"}),
        consent="none",
    )

    assert judged(a_message(urgent), now=BEDTIME, policy=a_policy(quiet_hours=NIGHT)) == Allowed(
        "email"
    )


def test_quiet_in_any_zone_of_the_customer_is_quiet() -> None:
    quiet = QuietHours(time(21), time(8))

    assert isinstance(judged(policy=a_policy(quiet_hours=quiet), zones=("UTC", "Asia/Tokyo")), Held)
