"""A transaction in which a statement had to change something, and did not."""

import pytest
from psycopg.errors import DivisionByZero

from store.postgres.sessions.transactions import Overtaken, transaction
from store.postgres.store import PostgresStore
from tests.store.probing import asked

NOTE = "insert into audit (key, what, at) values ('a key', 'a note', now())"
STRIKE = """
with changed as (update audit set what = 'changed' where key = 'a key' returning 1)
select must_strike(count(*)) from changed
"""


async def in_one_transaction(store: PostgresStore, *statements: str) -> None:
    async with transaction(store.pool) as connection:
        for statement in statements:
            await connection.execute(statement.encode())


async def test_a_change_that_strikes_stands(store: PostgresStore) -> None:
    await in_one_transaction(store, NOTE, STRIKE)

    assert await asked(store, "select what from audit") == [("changed",)]


async def test_a_change_that_strikes_nothing_overtakes_its_transaction(
    store: PostgresStore,
) -> None:
    with pytest.raises(Overtaken):
        await in_one_transaction(store, NOTE, STRIKE.replace("a key", "another key"))

    assert await asked(store, "select what from audit") == []


async def test_every_other_error_of_the_database_stays_what_it_is(store: PostgresStore) -> None:
    with pytest.raises(DivisionByZero):
        await in_one_transaction(store, "select 1 / 0")
