"""Which order or customer is meant, and what an error says of those that may be."""

import pytest

from engine.facts.events import Event
from operations.cannot_run import CannotRun
from operations.subjects.customer import customer_meant
from operations.subjects.erase import erase
from operations.subjects.export import export
from operations.subjects.subject import NotKnown, SeveralShops, subject_meant
from store.postgres.store import PostgresStore
from tests.operations.story_shop import CUSTOMER, ORDER
from tests.store.shop import NOON, SHOP, later


async def test_one_order_is_meant_with_its_customer(store: PostgresStore) -> None:
    assert await subject_meant(store, "order", "A1", None) == (ORDER, CUSTOMER)


async def test_of_two_shops_one_must_be_named(store: PostgresStore) -> None:
    elsewhere = Event("other", "1", "order.placed", NOON, "second", order="A1", customer="C1")
    await store.events.ingest([elsewhere], NOON)

    with pytest.raises(SeveralShops) as several:
        await subject_meant(store, "order", "A1", None)
    with pytest.raises(NotKnown) as unknown:
        await subject_meant(store, "order", "A1", "third")
    with pytest.raises(CannotRun, match="several shops have a customer C1: say --shop"):
        await customer_meant(store, "C1", None)

    assert several.value.shops == unknown.value.shops == (SHOP, "second")
    assert await subject_meant(store, "order", "A1", SHOP) == (ORDER, CUSTOMER)


async def test_an_id_that_comes_near_is_offered(store: PostgresStore) -> None:
    with pytest.raises(NotKnown) as unknown:
        await subject_meant(store, "order", "A11", None)

    assert (unknown.value.kind, unknown.value.own, unknown.value.near) == ("order", "A11", "A1")


async def test_what_is_known_of_a_customer_can_be_had_and_ended(store: PostgresStore) -> None:
    known = (await export(store, "C1", None)).to_json()
    assert known["facts"]["facts"]["customer.email"][0] == "C1@example.com"

    erased = await erase(store, "C1", SHOP, later(hours=1))

    assert (erased.customer, erased.orders, erased.tables_rewritten) == (CUSTOMER, 1, True)
    assert "C1@example.com" not in str((await export(store, "C1", None)).to_json())
