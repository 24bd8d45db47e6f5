"""Whom an address means where somebody types one in place of an id."""

import pytest

from engine.facts.events import Event
from engine.facts.naming import subject_id
from operations.cannot_run import CannotRun
from operations.explain.show import show
from operations.explain.story import StoryQuestion, story_of
from operations.rules.graph import graph_of_order
from operations.subjects.customer import customer_meant
from operations.subjects.subject import NotKnown, subject_meant
from store.postgres.store import PostgresStore
from tests.operations.story_shop import CUSTOMER, ORDER
from tests.store.shop import NOON, SHOP, later

CITRA, PHONE = "citra@customer.example", "+4915112345678"
MEANT = subject_id("customer", SHOP, "CIT-4"), None


async def a_customer(
    store: PostgresStore, own: str, *orders: str, shop: str = SHOP, email: str = CITRA, day: int = 0
) -> None:
    facts = {"customer.email": email, "customer.phone": PHONE if own == "CIT-4" else None}
    data = {name: value for name, value in facts.items() if value}
    at = later(days=day)
    told = [
        Event(
            "t", f"{shop} {own} {one}", "order.placed", at, shop, order=one, customer=own, data=data
        )
        for one in orders
    ]
    known = Event("t", f"{shop} {own} {day}", "customer.updated", at, shop, customer=own, data=data)
    await store.events.ingest(told or [known], at)


@pytest.mark.parametrize("address", [CITRA, " Citra@Customer.example ", PHONE, "0049 151 12345678"])
async def test_a_customer_is_found_by_any_spelling_of_an_address(
    store: PostgresStore, address: str
) -> None:
    await a_customer(store, "CIT-4")

    assert await subject_meant(store, "customer", address, None) == MEANT
    assert await customer_meant(store, address, SHOP) == MEANT[0]
    assert (await show(store, "customer", address, None, NOON)).id == "CIT-4"
    story = await story_of(store, StoryQuestion(None, "customer", address))
    assert story.history.subject == MEANT[0]


async def test_an_address_that_two_customers_have_means_neither(store: PostgresStore) -> None:
    await a_customer(store, "CIT-4", "A2")
    await a_customer(store, "CIT-9", "A3", day=1)
    await a_customer(store, "CIT-4", "B1", shop="second")
    meant = (
        f"several customers have {CITRA}: customer CIT-4 of shop {SHOP}, customer CIT-9 of shop"
        f" {SHOP}, customer CIT-4 of shop second; say which, by id and --shop"
    )

    for asked in (
        subject_meant(store, "customer", CITRA, None),
        customer_meant(store, CITRA, None),
    ):
        with pytest.raises(CannotRun) as refused:
            await asked
        assert sorted(str(refused.value)) == sorted(meant)

    assert await customer_meant(store, CITRA, "second") == "customer:second/CIT-4"


async def test_an_address_means_the_only_order_of_who_has_it(store: PostgresStore) -> None:
    await a_customer(store, "CIT-4")

    with pytest.raises(CannotRun, match=r"customer CIT-4 of .*, who has citra@.*, has no order"):
        await subject_meant(store, "order", CITRA, None)

    assert await subject_meant(store, "order", "C1@example.com", None) == (ORDER, CUSTOMER)
    assert (await show(store, "order", "C1@example.com", None, NOON)).id == "A1"
    assert "order.placed" in str(await graph_of_order(store, "C1@example.com"))


async def test_of_several_orders_one_must_be_named(store: PostgresStore) -> None:
    await a_customer(store, "CIT-4", "A2", "A3")

    with pytest.raises(CannotRun, match=r"several orders: A[23] of shop .*, A[23] of .* by id"):
        await subject_meant(store, "order", CITRA, None)


async def test_an_address_that_somebody_had_means_nobody_and_says_whose_it_was(
    store: PostgresStore,
) -> None:
    await a_customer(store, "CIT-4")
    await a_customer(store, "CIT-4", email="new@customer.example", day=2)

    with pytest.raises(
        CannotRun, match=r"nobody has .* any more; it was that of customer CIT-4 of"
    ):
        await customer_meant(store, CITRA, None)


async def test_an_id_that_is_an_address_is_an_id(store: PostgresStore) -> None:
    await a_customer(store, "CIT-4")
    await a_customer(store, CITRA, email="other@customer.example")

    assert await customer_meant(store, CITRA, None) == subject_id("customer", SHOP, CITRA)
    with pytest.raises(NotKnown, match=r"nothing is known of a customer nobody@customer.example"):
        await subject_meant(store, "customer", "nobody@customer.example", None)
    with pytest.raises(CannotRun, match=r"nothing is known of a customer nobody@customer.example"):
        await customer_meant(store, "nobody@customer.example", None)
