from engine.gates import Allowed
from store.postgres import PostgresStore
from tests.store.shop import NOON, an_event, deciding, placed

JOURNEY = "order:a shop%2F1/A1"


async def test_a_message_goes_its_way(store: PostgresStore) -> None:
    told = [placed(), an_event("shipment.shipped", 2, things={"shipment": "P1"})]

    assert await store.ingest(told, NOON) == ["accepted", "accepted"]
    todo = await store.decide(JOURNEY, NOON, deciding(NOON))
    ((kind, key),) = todo.open
    attempt = await store.attempt(key, "me", NOON)

    assert (kind, attempt.verdict) == ("send", Allowed("email"))
    assert await store.begin_data(key, "me", NOON)
    assert await store.sent(key, "me", NOON)
    assert (await store.decide(JOURNEY, NOON, deciding(NOON))).open == ()
