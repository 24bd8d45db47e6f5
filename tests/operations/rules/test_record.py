from operations.rules.record import record
from store.postgres.store import PostgresStore
from tests.operations.providers import a_provider_of
from tests.operations.story_shop import hear
from tests.store.shop import SHOP, an_event

CALLED = {"customer.phone": "+33612345678"}


async def recorded(store: PostgresStore) -> str:
    changed = an_event("order.changed", customer="C1", data={**CALLED, "order.total": "9.00 EUR"})
    await hear(store, changed)
    return (await record(store, "A1", SHOP)).text


async def test_a_recorded_customer_receives_what_is_carried_here(store: PostgresStore) -> None:
    assert "can_receive: [email]" in await recorded(store)


async def test_a_provider_of_the_shops_own_counts_in_a_recorded_test(store: PostgresStore) -> None:
    with a_provider_of("sms"):
        assert "can_receive: [email, sms]" in await recorded(store)
