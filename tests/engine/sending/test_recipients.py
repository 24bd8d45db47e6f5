"""To whom a message goes: the order's contact, the customer, or whom its rule names."""

from typing import Any

import pytest

from engine.decisions.reason import Reason
from engine.facts.events import Event
from engine.facts.subjects import Subjects
from engine.sending.gates import Allowed, Dropped, Held
from engine.sending.judge import judge
from engine.sending.question import MessageQuestion, posed
from engine.sending.recipients import addresses
from tests.engine.builders import (
    DAY,
    NOON,
    a_buyer,
    a_rule,
    a_ruleset,
    a_send,
    an_effect,
    an_event,
    an_order,
    shipped,
    told,
)

ORDERED = an_event("order.placed", data={"order.email": "desk@example.com"})


def question(*readers: str | None, events: tuple[Event, ...], **changes: Any) -> MessageQuestion:
    """The question of the last message of a rule that writes to these readers."""
    sends = [a_send(to=reader) for reader in readers]
    effect = an_effect()
    key = f"{effect.key.removesuffix('hello')}0.{len(sends) - 1}/hello"
    about = (shipped(), *events)
    order = an_order(*(one for one in about if one.order))
    subjects = Subjects(order, a_buyer(*about), "A1", "C1", "shop")
    ruleset = a_ruleset(a_rule("rule", "shipment.shipped", *sends))
    return posed(effect.now(key=key), ruleset, None, subjects, **changes)


@pytest.mark.parametrize(
    ("to", "address"),
    [
        (None, "desk@example.com"),
        ("order.contact", "desk@example.com"),
        ("customer", "ana@example.com"),
        ("customer.email", "ana@example.com"),
        ("order.shipping_address", None),
    ],
)
def test_a_message_goes_to_whom_its_rule_names(to: str | None, address: str | None) -> None:
    asked = question(to, events=(ORDERED, told(email="ana@example.com")))

    assert addresses(asked, NOON).get("email") == address


def test_by_default_a_message_goes_to_the_customer_where_the_order_has_no_contact() -> None:
    asked = question(None, events=(told(email="ana@example.com"),))

    assert addresses(asked, NOON)["email"] == "ana@example.com"


def test_a_message_waits_for_the_contact_that_it_is_for() -> None:
    asked = question("order.contact", events=(told(email="ana@example.com"),))

    assert judge(asked, NOON) == Held(NOON + 7 * DAY, Reason.NO_CHANNEL, "email: no address")


def test_nobody_is_written_to_twice() -> None:
    both = "order.contact", "customer"
    apart = question(*both, events=(ORDERED, told(email="ana@example.com")))
    assert judge(apart, NOON) == Allowed("email")

    same = question(*both, events=(ORDERED, told(email="Desk@example.com")))
    assert judge(same, NOON) == Dropped(Reason.NO_CHANNEL, "email: written to already")
