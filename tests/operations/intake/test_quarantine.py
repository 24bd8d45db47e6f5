"""What could not be made sense of: which is meant, and what comes of it."""

import pytest

from operations.cannot_run import CannotRun
from operations.intake.quarantine import drop, quarantined, retry
from store.postgres.store import PostgresStore
from tests.store.shop import NOON, SHOP, an_event, later


async def test_one_that_breaks_again_has_a_new_number(store: PostgresStore) -> None:
    await store.events.ingest([an_event("no.such_event")], NOON)
    (first,) = await quarantined(store)

    (retried,) = await retry(store, [first.number], later(hours=1))

    assert retried.to_json() == {"number": first.number, "result": "quarantined"}
    (second,) = await quarantined(store)
    assert await quarantined(store, SHOP) == [second]
    assert await quarantined(store, "another") == []
    assert second.number != first.number
    assert await drop(store, (), later(hours=2), every=True) == [second.number]
    assert await quarantined(store) == []


async def test_it_must_be_said_which_is_meant(store: PostgresStore) -> None:
    with pytest.raises(CannotRun, match="say which, by number, or --all"):
        await retry(store, (), NOON)
    with pytest.raises(CannotRun, match="say which, by number, or --all"):
        await drop(store, [7], NOON, every=True)
    with pytest.raises(CannotRun, match="there is no number 7 in the quarantine"):
        await drop(store, [7], NOON)
