"""Addresses that the code before had buried stay so, however they are spelled."""

import asyncio

from engine.decisions.reason import Reason
from engine.sending.gates import Allowed, Dropped
from store.postgres.sessions.migrate import migrate
from store.postgres.sessions.pool import open_pool
from store.postgres.store import PostgresStore
from tests.conftest import CreateDatabase
from tests.store.probing import a_message, told
from tests.store.shop import NAMING, NOON, later, the_rules

_BURY = "insert into dead_addresses values ('c1@Example.com', '550 5.1.1', '2026-03-01T12:00:00Z')"


async def test_what_the_code_before_has_buried_is_dead_until_it_is_revived(
    create_database: CreateDatabase,
) -> None:
    url = await create_database("template1")
    await asyncio.to_thread(migrate, url, "0003")
    pool = await open_pool(url, 2)
    store = PostgresStore(pool, NAMING)
    await told(store, _BURY)
    await asyncio.to_thread(migrate, url)
    await store.rulesets.publish(the_rules(), "me", "a beginning", NOON)
    key = await a_message(store)

    assert [one.kind for one in await store.addresses.bounces("C1@example.com")] == ["hard"]
    await store.addresses.revive("C1@example.com", later(seconds=1))
    assert (await store.ledger.attempt(key, "me", later(seconds=1))).verdict == Allowed("email")

    other = _BURY.replace("c1@Example.com", "C1@example.com").replace("2026-03-01", "2026-03-03")
    await told(store, other)  # by a worker of the code before
    assert (await store.ledger.attempt(key, "me", later(seconds=2))).verdict == Dropped(
        Reason.NO_CHANNEL, "email: dead address"
    )
    await pool.close()
