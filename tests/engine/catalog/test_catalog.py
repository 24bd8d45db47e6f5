from collections import Counter
from typing import get_args

import pytest

from engine.catalog.catalog import EventType, Fact, Mark, builtin, closest
from engine.catalog.values import FactType, canonical
from engine.facts.views.roll_ups import ROLL_UPS

CATALOG = builtin()
# How many events are about each kind of thing, and how many facts each prefix has.
EVENTS_ABOUT = {
    "order": 9, "shipment": 15, "review": 3, "return": 12, "customer": 19, "lot": 3, "perk": 3,
    "subscription": 9, "case": 4,
}  # fmt: skip
STATED_FACTS = {
    "order": 20, "refund": 3, "shipment": 9, "carrier": 1, "review": 4, "return": 7, "customer": 19,
    "loyalty": 7, "lot": 4,
    "perk": 3, "subscription": 6, "support": 4, "payment": 2, "consent": 2, "site": 2,
    "location": 1, "message": 5,
    "item": 8,
}  # fmt: skip
RANKS = {
    "order.placed": 1, "order.confirmed": 2, "order.shipped": 4, "order.delivered": 7,
    "order.cancelled": 9,
    "shipment.packed": 3, "shipment.shipped": 4, "shipment.in_transit": 5,
    "shipment.out_for_delivery": 6,
    "shipment.available_for_pickup": 6, "shipment.delivered": 7, "shipment.lost": 8,
    "shipment.returned_to_sender": 8,
    "shipment.cancelled": 8, "return.requested": 1, "return.approved": 2, "return.declined": 2,
    "return.cancelled": 2,
    "return.picked_up": 3, "return.received": 4, "return.inspected": 5,
}  # fmt: skip


def test_every_kind_of_thing_has_its_events() -> None:
    assert Counter(event.about for event in CATALOG.events.values()) == EVENTS_ABOUT


def test_the_life_of_a_thing_is_ranked() -> None:
    assert {
        event.name: event.rank for event in CATALOG.events.values() if event.rank is not None
    } == RANKS


def test_exactly_the_events_that_bring_news_again_are_marked() -> None:
    once = {event.name for event in CATALOG.events.values() if not event.repeats} - set(RANKS)

    assert once == {
        "review.received", "return.refunded", "return.exchanged", "return.credited",
        "return.feedback",
        "loyalty.joined", "lot.earned", "lot.expired", "perk.granted", "perk.expired",
        "subscription.started",
        "subscription.cancelled", "support.case_opened", "customer.created",
    }  # fmt: skip
    assert not any(CATALOG.events[name].repeats for name in RANKS)


def test_three_events_follow_from_others() -> None:
    assert {event.name for event in CATALOG.events.values() if event.derived} == {
        "order.shipped",
        "order.delivered",
        "perk.expired",
    }


def test_every_prefix_has_its_facts() -> None:
    times = {f"{name}_at" for name in CATALOG.events}
    stated = Counter(name.partition(".")[0] for name in CATALOG.facts if name not in times)

    assert stated == STATED_FACTS


@pytest.mark.parametrize("event", CATALOG.events)
def test_every_event_also_sets_when_it_happened(event: str) -> None:
    assert CATALOG.facts[f"{event}_at"].type == FactType("datetime")


@pytest.mark.parametrize(
    ("name", "spelled", "default", "optional"),
    [
        ("order.total", "money", None, True),
        ("order.id", "text", None, False),
        ("order.express", "boolean", False, False),
        ("order.items", "list", [], False),
        ("order.parcels", "integer", 0, False),
        ("shipment.number", "integer", 1, False),
        ("shipment.eta_shift", "duration", None, True),
        ("carrier.last_scan_at", "datetime", None, True),
        ("customer.tier", "one of none, silver, gold, platinum", "none", False),
        ("subscription.status", "one of active, paused, cancelled", "active", False),
        ("perk.uses_left", "integer", None, True),
        ("item.quantity", "integer", 1, False),
        ("item.in_stock", "boolean", True, False),
        ("item.return_rate", "number", None, True),
        ("customer.lifetime_spend", "money", None, True),
        ("order.returned", "boolean", False, False),
    ],
)
def test_a_fact_has_its_type_and_default(
    name: str, spelled: str, default: object, *, optional: bool
) -> None:
    fact = CATALOG.facts[name]

    assert (str(fact.type), fact.default, fact.optional) == (spelled, default, optional)


def test_every_default_is_a_value_of_its_type() -> None:
    told = [fact for fact in CATALOG.facts.values() if fact.default is not None]

    assert [canonical(fact.type, fact.default) for fact in told] == [fact.default for fact in told]


def test_events_and_facts_share_no_name() -> None:
    assert not set(CATALOG.events) & set(CATALOG.facts)


def test_personal_facts_are_marked() -> None:
    personal = {fact.name for fact in CATALOG.facts.values() if fact.personal}

    assert personal == {
        "customer.first_name",
        "customer.email",
        "customer.phone",
        "customer.helpdesk_id",
        "customer.payer_id",
        "customer.loyalty_id",
        "order.shipping_address",
        "order.email",
        "order.phone",
        "message.address",
    }


def test_every_derived_fact_has_its_roll_up_and_no_other_fact_has_one() -> None:
    assert set(ROLL_UPS) == {fact.name for fact in CATALOG.facts.values() if fact.derived}


def test_every_event_and_every_fact_says_in_one_sentence_what_it_means() -> None:
    meanings = {event.name: event.meaning for event in CATALOG.events.values()}
    meanings |= {fact.name: fact.meaning for fact in CATALOG.facts.values()}

    assert [name for name, text in meanings.items() if text[-1:] != "." or ". " in text] == []
    assert CATALOG.events["order.placed"].meaning == "The shop has taken the order."
    assert CATALOG.facts["shipment.scanned_at"].meaning == "When shipment.scanned happened last."


def test_every_mark_is_on_some_event_and_what_follows_from_another_names_one_that_exists() -> None:
    assert all(CATALOG.marked(mark) for mark in get_args(Mark))
    assert {event.follows for event in CATALOG.events.values()} - {None} <= set(CATALOG.events)
    assert CATALOG.marked("called_off") == {"return.declined", "return.cancelled"}


def test_what_takes_back_names_events_of_its_thing_or_its_order_and_never_in_a_circle() -> None:
    takers = {one.name: one for one in CATALOG.events.values() if one.takes_back}

    assert set(takers) == {
        "shipment.in_transit", "shipment.out_for_delivery", "shipment.available_for_pickup",
        "shipment.delivered", "shipment.delivery_corrected", "return.requested",
        "return.approved", "return.reopened",
    }  # fmt: skip
    for taker in takers.values():
        for name in taker.takes_back:
            assert CATALOG.events[name].about in (taker.about, "order")
            assert taker.name not in CATALOG.events[name].takes_back


def test_a_correction_is_no_stage() -> None:
    corrections = ("shipment.delivery_corrected", "return.reopened", "review.removed")

    assert all(CATALOG.events[name].rank is None for name in corrections)
    assert CATALOG.events["review.removed"].clears == ("review.stars", "review.text")


def test_a_derived_fact_stays_derived_where_a_team_defines_it_anew() -> None:
    own = CATALOG.extended([], [Fact("order.days_late", FactType("integer"), 0)])

    assert own.facts["order.days_late"].derived
    assert own.facts["order.days_late"].meaning == CATALOG.facts["order.days_late"].meaning
    assert "order.days_late" not in own.owners


def test_each_fact_belongs_to_its_thing() -> None:
    owners = [
        CATALOG.facts[name].owner
        for name in ("order.total", "support.topic", "loyalty.direction", "site.seconds")
    ]

    assert owners == ["order", "case", "customer", "customer"]


def test_an_own_event_brings_its_time_and_an_own_fact_may_redefine_a_built_in_one() -> None:
    tier = Fact("customer.tier", FactType("enum", ("bronze",)), "bronze")
    own = CATALOG.extended([EventType("setup.started", "order")], [tier])

    assert own.facts["setup.started_at"].type.kind == "datetime"
    assert own.facts["customer.tier"].default == "bronze"
    assert own.hash != CATALOG.hash
    assert "setup.started" not in CATALOG.events


def test_a_name_that_does_not_exist_is_answered_with_the_nearest() -> None:
    assert CATALOG.suggestion("shipment.shiped") == "shipment.shipped"
    assert closest("xyz", ["order.placed"]) is None
