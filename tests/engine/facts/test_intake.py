from typing import Any

import pytest

from engine.catalog.values import Money
from engine.facts.intake import Intake, customer_subject, order_subject, take_in
from engine.facts.purchases import spent
from engine.facts.state import customer_of, empty
from tests.engine.builders import (
    DAY,
    HOUR,
    NOON,
    a_buyer,
    a_parcel_event,
    a_rule,
    a_ruleset,
    an_event,
    an_order,
    delivered,
    placed,
    shipped,
)


def taken(event: Any, *before: Any, rules: Any = (), **changes: Any) -> Intake:
    order = an_order(*before) if before else None
    return take_in(event, a_ruleset(*rules), order, **{"customer": None, **changes})


def test_an_event_of_an_order_is_a_line_of_the_orders_log() -> None:
    entry = taken(placed(), placed()).entries[0]

    assert (entry.subject, entry.stale, entry.wakes) == ("order:shop/A1", False, "never")


def test_an_event_that_names_no_order_is_a_line_of_the_customers_log() -> None:
    assert taken(an_event("customer.updated", order=None)).entries[0].subject == "customer:shop/C1"
    assert taken(an_event("review.received", order=None)).entries[0].subject == "customer:shop/C1"


def test_what_follows_has_a_line_and_a_name_of_its_own() -> None:
    entries = taken(delivered()).entries

    assert [entry.event.type for entry in entries] == [
        "shipment.delivered",
        "shipment.scanned",
        "order.delivered",
        "order.shipped",
    ][:3]
    assert len({(entry.event.source, entry.event.id) for entry in entries}) == len(entries)
    assert all(entry.event.customer == "C1" for entry in entries)


@pytest.mark.parametrize(
    ("event", "rules", "wakes"),
    [
        (shipped(), (a_rule(),), "always"),
        (shipped(), (a_rule(mode="shadow"),), "always"),
        (shipped(), (a_rule(mode="off"),), "never"),
        (a_parcel_event("lost"), (), "if_running"),
        (an_event("order.cancelled"), (), "if_running"),
        (shipped(), (), "never"),
    ],
)
def test_only_those_are_woken_for_whom_it_matters(event: Any, rules: Any, wakes: str) -> None:
    assert taken(event, placed(), rules=rules).entries[0].wakes == wakes


def test_naming_the_customer_wakes_who_holds_a_message_for_them() -> None:
    nameless = an_event("shipment.shipped", customer=None, things={"shipment": "P1"})

    assert taken(placed(), nameless).entries[0].wakes == "if_holding"
    assert taken(placed(), shipped()).entries[0].wakes == "never"


def test_a_stage_that_was_passed_is_stale_also_where_it_follows() -> None:
    assert taken(shipped(), delivered(NOON + HOUR)).entries[0].stale
    late = taken(shipped(), an_event("order.cancelled", NOON + HOUR)).entries
    assert [(entry.event.type, entry.stale) for entry in late] == [
        ("shipment.shipped", False),
        ("order.shipped", True),
    ]


def test_the_past_of_an_order_is_its_customers_once_one_is_named() -> None:
    bought = an_event("order.placed", customer=None, data={"order.total": "80.00 EUR"})
    found = taken(an_event("order.confirmed", NOON + DAY), bought, earlier=(bought,))

    assert (found.customer_id, customer_of(found.order)) == ("C1", "C1")
    assert found.customer == a_buyer(bought, an_event("order.confirmed", NOON + DAY))
    assert spent(found.customer, "EUR") == Money(8000, "EUR")


def test_an_order_without_a_customer_belongs_to_nobody_yet() -> None:
    found = taken(an_event("order.placed", customer=None))

    assert (found.customer_id, found.customer) == (None, None)


def test_an_event_of_a_known_order_is_its_customers_too() -> None:
    nameless = an_event("support.case_opened", customer=None, things={"case": "S1"})
    found = taken(nameless, placed(), customer=empty())

    assert [entry.subject for entry in found.entries] == ["customer:shop/C1"] or found.entries[
        0
    ].event.customer == "C1"


def test_an_event_that_names_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="names neither"):
        taken(an_event("customer.updated", order=None, customer=None))


def test_subjects_are_named_by_shop_and_id() -> None:
    assert (order_subject(placed()), customer_subject("shop", "C1")) == (
        "order:shop/A1",
        "customer:shop/C1",
    )
    assert (
        order_subject(an_event("customer.updated", order=None)),
        customer_subject("shop", None),
    ) == (None, None)
