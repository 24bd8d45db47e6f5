"""What is shown of an order or a customer, from a store in which a little has happened."""

from typing import Any

import pytest

from operations.cannot_run import CannotRun
from operations.explain.show import ShownSubject, show
from store.postgres.store import PostgresStore
from tests.operations.story_shop import CUSTOMER, SHIPPED, hear
from tests.store.shop import SHOP, an_event, later, placed

BAD_REVIEW: dict[str, Any] = {
    "order": "A1",
    "customer": "C1",
    "things": {"review": "R1"},
    "data": {"review.stars": 1},
}


def facts(shown: ShownSubject) -> dict[str, Any]:
    return {one.name: one.value for one in shown.facts}


async def test_an_order_is_shown_with_its_facts_and_its_parcels(store: PostgresStore) -> None:
    await hear(store, an_event("shipment.shipped", "shipped", **SHIPPED))

    shown = await show(store, "order", "A1", None, later(hours=1))

    assert (shown.kind, shown.id, shown.shop, shown.customer) == ("order", "A1", SHOP, "C1")
    assert str(facts(shown)["order.total"]) == "20.00 EUR"
    (parcel,) = shown.things
    assert (parcel.kind, parcel.id) == ("shipment", "P1")
    assert parcel.to_json()["facts"]["shipment.eta"] == "2026-03-05"


async def test_a_fact_that_nobody_stated_and_a_default_are_not_shown(store: PostgresStore) -> None:
    shown = await show(store, "order", "A1", None, later(hours=1))

    assert {"order.delivered_at", "order.express", "order.items"}.isdisjoint(facts(shown))
    assert shown.things == ()


async def test_what_waits_is_apart_from_what_was_decided(store: PostgresStore) -> None:
    await hear(store, an_event("shipment.shipped", "shipped", **SHIPPED))
    delivered = {**SHIPPED, "data": {}}
    await hear(store, an_event("shipment.delivered", "there", later(hours=1), **delivered))

    shown = await show(store, "order", "A1", None, later(hours=2))

    assert {one.rule.id for one in shown.waits} == {"review", "offer"}
    assert [(one.rule.id, one.verdict) for one in shown.decided] == [("shipped", "WANTED: hello")]


async def test_a_silence_is_shown_until_it_is_over(store: PostgresStore) -> None:
    await hear(store, an_event("review.received", "bad", **BAD_REVIEW))

    (silence,) = (await show(store, "customer", "C1", None, later(days=1))).silences
    assert (silence.categories, silence.order, silence.rule) == (
        ("sales", "review"),
        None,
        "unhappy",
    )
    assert silence.lifts_on == ("support.case_solved",)
    assert (await show(store, "customer", "C1", None, later(days=31))).silences == ()


async def test_a_customer_is_shown_with_what_they_have_said_of_messages(
    store: PostgresStore,
) -> None:
    said = {"consent.category": "review", "consent.channel": "email"}
    await hear(store, an_event("consent.given", "yes", order=None, customer="C1", data=said))

    shown = await show(store, "customer", "C1", None, later(hours=1))

    assert [one.to_json() for one in shown.consents] == [
        {"category": "review", "channel": "email", "given": True}
    ]
    assert facts(shown)["customer.email"] == "C1@example.com"


async def test_an_erased_customer_is_shown_without_what_they_stated(store: PostgresStore) -> None:
    await store.customers.erase(CUSTOMER, later(hours=1))

    shown = await show(store, "customer", "C1", None, later(hours=2))

    assert "customer.email" not in facts(shown)


async def test_a_program_reads_the_gates_beside_the_verdict(store: PostgresStore) -> None:
    joined = an_event(
        "loyalty.tier_changed", "gold", order=None, customer="C1", data={"customer.tier": "gold"}
    )
    await hear(store, joined)

    told = (await show(store, "customer", "C1", None, later(hours=1))).to_json()

    assert told["customer"] == "C1"
    assert {"verdict", "gates", "effects"} <= set(told["decided"][0])


@pytest.mark.parametrize(
    ("own", "shop", "why"),
    [
        ("A11", None, "nothing is known of an order A11, did you mean A1?"),
        ("A1", "third", f"nothing is known of an order A1 in shop third; known in {SHOP}"),
    ],
)
async def test_what_is_not_known_is_not_shown(
    store: PostgresStore, own: str, shop: str | None, why: str
) -> None:
    with pytest.raises(CannotRun) as refused:
        await show(store, "order", own, shop, later(hours=1))

    assert str(refused.value) == why


async def test_an_order_whose_customer_is_unknown_is_shown_without_one(
    store: PostgresStore,
) -> None:
    await store.events.ingest([placed("A2", None)], later(hours=1))

    shown = await show(store, "order", "A2", None, later(hours=2))

    assert shown.customer is None
