"""A customer who says stop on a channel hears nothing more there, whatever it is about."""

from typing import Any

import pytest

from engine.decisions.reason import Reason
from engine.sending.gates import Allowed, Candidate, Dropped, Verdict, settle
from tests.engine.builders import (
    DELIVERY,
    HOUR,
    NOON,
    a_buyer,
    a_customer,
    a_message,
    a_policy,
    an_event,
)

STOP = an_event("consent.withdrawn", data={"consent.channel": "sms"})
BOTH = {"email": "ana@example.com", "sms": "+491701"}


def a_word(kind: str, **data: str) -> Any:
    stated = {f"consent.{name}": value for name, value in data.items()}
    return an_event(f"consent.{kind}", NOON + HOUR, order=None, data=stated)


def settled(message: Candidate, **changes: Any) -> Verdict:
    return settle(a_customer(**changes), message, a_policy(), NOON)


@pytest.mark.parametrize(
    ("later", "silent"),
    [
        ((), True),
        ((a_word("given"),), True),
        ((a_word("given", category="delivery"),), True),
        ((a_word("given", category="sales", channel="sms"),), True),
        ((a_word("given", category="delivery", channel="email"),), True),
        ((a_word("given", channel="sms"),), False),
        ((a_word("given", category="delivery", channel="sms"),), False),
    ],
)
def test_a_stop_on_a_channel_silences_it_for_news_of_the_order_too(
    later: Any, *, silent: bool
) -> None:
    state = a_buyer(STOP, *later)
    message = a_message(DELIVERY, channels=("sms", "email"))

    assert settled(message, state=state, addresses=BOTH) == Allowed("email" if silent else "sms")
    only = a_message(DELIVERY, channels=("sms",))
    answer = Dropped(Reason.NO_CONSENT) if silent else Allowed("sms")
    assert settled(only, state=state, addresses=BOTH) == answer


def test_a_later_yes_to_a_category_does_not_undo_a_stop_on_a_channel() -> None:
    state = a_buyer(an_event("consent.given"), STOP, a_word("given", category="sales"))

    assert settled(a_message(channels=("sms", "email")), state=state, addresses=BOTH) == Allowed(
        "email"
    )
