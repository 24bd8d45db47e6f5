"""Which addresses are not used any more, by what came back from them."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from engine.facts.contacts.bounces import (
    Bounce,
    BounceKind,
    bounce_of,
    dead_among,
    is_dead,
    revival,
)
from tests.engine.builders import DAY, HOUR, NOON, a_buyer, an_event, an_order, told

ADDRESS = "ana@example.com"


def back(kind: BounceKind, at: datetime = NOON) -> Bounce:
    return Bounce(ADDRESS, kind, at)


@pytest.mark.parametrize(
    ("bounces", "dead"),
    [
        ([], False),
        ([back("hard")], True),
        ([back("soft", NOON + days * DAY) for days in (0, 3)], False),
        ([back("soft", NOON + days * DAY) for days in (0, 3, 6)], True),
        ([back("soft", NOON + days * DAY) for days in (6, 0, 3)], True),
        ([back("soft", NOON + days * DAY) for days in (0, 3, 7)], False),
        ([back("soft", NOON + days * DAY) for days in (0, 3, 7, 8)], True),
        ([back("hard"), back("revived", NOON + HOUR)], False),
        ([back("hard"), back("revived", NOON - HOUR)], True),
        ([back("hard"), back("revived", NOON + HOUR), back("hard", NOON + DAY)], True),
        ([*(back("soft", NOON + one * HOUR) for one in (0, 1)), back("revived", NOON + 2 * HOUR),
          back("soft", NOON + 3 * HOUR)], False),
    ],
)  # fmt: skip
def test_an_address_dies_of_one_hard_bounce_or_three_soft_ones_in_a_week(
    bounces: list[Bounce], *, dead: bool
) -> None:
    assert is_dead(bounces) is dead
    assert dead_among(bounces) == ({ADDRESS} if dead else frozenset())


def test_a_bounce_is_of_the_address_that_it_names_else_of_the_one_they_have() -> None:
    ana = a_buyer(told(email="Ana@Example.com", phone="+49 170 12345"))
    order = an_order(an_event("order.placed", data={"customer.email": "desk@example.com"}))

    def bounced(order_id: str | None = None, **data: Any) -> Any:
        stated = {f"message.{name}": value for name, value in data.items()}
        event = an_event("message.bounced", order=order_id, data=stated)
        found = bounce_of(event, order, ana)
        return found and (found.address, found.kind)

    assert bounced() == ("ana@example.com", "hard")
    assert bounced("A1") == ("desk@example.com", "hard")
    assert bounced(channel="sms") == ("+4917012345", "hard")
    assert bounced(address="OLD@example.com") == ("old@example.com", "hard")
    assert bounced(address="nobody") is None
    assert bounced(channel="push") is None
    assert bounce_of(an_event("message.clicked"), order, ana) is None


def test_a_revival_is_newer_than_what_came_back_before_it() -> None:
    ahead = back("hard", NOON + timedelta(minutes=2))

    assert not is_dead([ahead, revival(ADDRESS, [ahead], NOON)])
    assert revival(ADDRESS, [back("hard", NOON - DAY)], NOON) == back("revived", NOON)


@pytest.mark.parametrize(
    ("event", "reason", "kind"),
    [
        ("message.bounced", None, "hard"),
        ("message.bounced", "no such user", "hard"),
        ("message.bounced", "550 5.1.1 no such user", "hard"),
        ("message.bounced", "452 4.2.2 over quota", "soft"),
        ("message.bounced", "552 5.2.2 over quota", "soft"),
        ("message.bounced", "421 4.4.1 no answer", "soft"),
        ("message.bounced", "550 5.7.1 blocked", "soft"),
        ("message.soft_bounced", "550 5.1.1 no such user", "soft"),
    ],
)
def test_what_is_reported_as_hard_is_soft_where_its_status_code_says_so(
    event: str, reason: str | None, kind: str
) -> None:
    data = {"message.address": ADDRESS} | ({"message.reason": reason} if reason else {})
    found = bounce_of(an_event(event, data=data), None, None)

    assert found is not None
    assert found.kind == kind
