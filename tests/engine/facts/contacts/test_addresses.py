"""What an address is, and whose address an order's message goes to."""

from typing import Any

import pytest

from engine.facts.contacts.addresses import address_on, of_customer, of_reader, same_reader
from engine.facts.events import Event
from engine.facts.state import reached_at
from tests.engine.builders import DAY, HOUR, NOON, a_buyer, an_event, an_order, told


@pytest.mark.parametrize(
    ("channel", "text", "address"),
    [
        ("email", " ana@example.com ", "ana@example.com"),
        ("email", "Ana@Bücher.example", "Ana@Bücher.example"),
        ("email", "\u202aana@example.com\u200b", "ana@example.com"),
        ("email", "ana@example.com\nb", None),
        ("email", "ana at example.com", None),
        ("email", "", None),
        ("email", "+4917012345", None),
        ("sms", "+49 (170) 123-45", "+4917012345"),
        ("whatsapp", "0049 170 12345", "+4917012345"),
        ("sms", "0170 12345", None),
        ("sms", "ana@example.com", None),
        ("push", "a token", "a token"),
        ("push", " ", None),
    ],
)
def test_a_text_is_an_address_or_it_is_none(channel: str, text: str, address: str | None) -> None:
    assert address_on(channel, text) == address


def test_two_spellings_of_one_address_are_the_same_reader() -> None:
    assert same_reader(" Ana@Example.com") == same_reader("ana@example.COM")
    assert same_reader("0049 170 12345") == same_reader("+49-170-12345")


def about(order: str, at: Any = NOON, **stated: str) -> Event:
    data = {name.replace("_", "."): value for name, value in stated.items()}
    return an_event("order.placed", at, order=order, data=data)


def reads(order: Any, *events: Event, channel: str = "email") -> str | None:
    mine = [event for event in events if event.order == order]
    return of_reader(an_order(*mine), a_buyer(*events)).get(channel)


def test_an_order_is_answered_where_its_own_events_said() -> None:
    """One id for all guests: each order goes to its own address."""
    guests = [about(f"A{one}", NOON + one * HOUR, customer_email=f"g{one}@x.example")
              for one in range(1, 4)]  # fmt: skip

    assert [reads(f"A{one}", *guests) for one in (1, 2, 3)] == [
        "g1@x.example", "g2@x.example", "g3@x.example",
    ]  # fmt: skip
    assert reads("A1", *reversed(guests)) == "g1@x.example"


def test_the_contact_that_an_order_states_comes_before_every_other_word() -> None:
    told_apart = about("A1", customer_email="ana@x.example", order_email="desk@x.example")

    assert reads("A1", told_apart, told(NOON + DAY, email="new@x.example")) == "desk@x.example"


def test_a_contact_that_is_no_address_stands_behind_what_its_order_said() -> None:
    """An order's news never goes to an address that only another order gave."""
    typo = about("A1", customer_email="ana@x.example", order_email="ana at x")
    alone = about("A1", order_email="ana at x")

    assert reads("A1", typo) == "ana@x.example"
    assert reads("A1", alone, told(email="other@x.example")) == "ana at x"


def test_a_customer_who_moves_takes_the_open_orders_along() -> None:
    first = about("A1", customer_email="old@x.example")

    assert reads("A1", first, told(NOON + DAY, email="new@x.example")) == "new@x.example"
    assert reads("A1", first, told(NOON - DAY, email="earlier@x.example")) == "old@x.example"


def test_an_order_without_a_word_of_its_own_is_its_customers() -> None:
    assert reads("A1", about("A1"), told(email="ana@x.example")) == "ana@x.example"
    assert reads("A1", about("A1", order_email=" "), told(email="ana@x.example")) == "ana@x.example"
    other = about("A2", customer_email="ana@x.example")
    assert reads("A1", about("A1"), other) == "ana@x.example"


def test_the_phone_of_another_guest_is_not_the_phone_of_this_order() -> None:
    mine = about("A1", customer_email="g1@x.example")
    other = about("A2", NOON + HOUR, customer_email="g2@x.example", customer_phone="+491701")

    assert reads("A1", mine, other, channel="sms") is None
    assert reads("A1", mine, other, told(phone="+491702"), channel="sms") == "+491702"
    same = about("A2", NOON + HOUR, customer_email="G1@x.example", customer_phone="+491701")
    assert reads("A1", mine, same, channel="sms") == "+491701"


def test_what_a_fact_says_later_replaces_an_address_that_no_event_states() -> None:
    nowhere = {"email": "", "push": "token"}

    assert (
        of_customer(reached_at(a_buyer(told(email="a@x.example")), nowhere, "2026-04")) == nowhere
    )
    since = reached_at(a_buyer(told(email="a@x.example")), nowhere, "2026-01")
    assert of_customer(since) == {"email": "a@x.example", "push": "token"}
