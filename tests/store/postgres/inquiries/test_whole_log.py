"""The whole log is read however long it is."""

from store.postgres.store import PostgresStore
from tests.store.probing import told
from tests.store.shop import NOON, placed

# Longer than any other statement may take.
_SORTED_AFTER = 11


async def test_a_log_that_takes_long_to_sort_is_read(store: PostgresStore) -> None:
    await store.events.ingest([placed()], NOON)
    await told(store, "alter table events rename to kept")
    await told(store, f"create view events as select kept.* from kept, pg_sleep({_SORTED_AFTER})")

    assert [event.id async for event, _ in store.inquiries.log()] == ["placed A1"]
