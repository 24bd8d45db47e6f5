"""What a person found out about a message nobody was sure of."""

import pytest

from operations.settle import NotUncertain, UnknownMessage, settle, uncertain
from store.postgres.store import PostgresStore
from tests.operations.story_shop import SHIPPED, hear
from tests.store.shop import an_event, later


async def a_message(store: PostgresStore) -> str:
    """The key of a message that waits to be sent."""
    await hear(store, an_event("shipment.shipped", "shipped", **SHIPPED))
    (effect,) = await store.inquiries.effects("A1")
    return effect.key


async def test_a_message_that_is_not_uncertain_is_not_settled(store: PostgresStore) -> None:
    key = await a_message(store)

    with pytest.raises(NotUncertain) as refused:
        await settle(store, key, "lost", later(hours=1))

    assert refused.value.key == key
    assert await uncertain(store) == []


async def test_a_key_that_the_ledger_has_not_is_named(store: PostgresStore) -> None:
    with pytest.raises(UnknownMessage, match="the ledger has no nonsense"):
        await settle(store, "nonsense", "delivered", later(hours=1))
