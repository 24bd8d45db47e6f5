import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from psycopg import AsyncConnection

from store.postgres.sessions.migrate import migrate
from store.postgres.sessions.pool import open_pool
from store.postgres.store import PostgresStore
from tests.conftest import CreateDatabase
from tests.store.shop import NAMING, NOON, the_rules


@pytest.fixture(scope="session")
async def migrated(create_database: CreateDatabase) -> str:
    """The name of a database with every table and no row, to be copied."""
    url = await create_database("template1")
    await asyncio.to_thread(migrate, url)
    return urlsplit(url).path.lstrip("/")


@pytest.fixture
async def database(create_database: CreateDatabase, migrated: str) -> str:
    """The URL of a database of this test alone, with every table and no row."""
    return await create_database(migrated)


@pytest.fixture
async def store(database: str) -> AsyncIterator[PostgresStore]:
    """A store of this test alone, with the shop's rules published."""
    pool = await open_pool(database, 8)
    opened = PostgresStore(pool, NAMING)
    await opened.rulesets.publish(the_rules(), "tests", "a beginning", NOON)
    yield opened
    await pool.close()


@pytest.fixture
async def witness(store: PostgresStore, database: str) -> AsyncIterator[AsyncConnection]:
    """Another session on the store's database."""
    assert store
    async with await AsyncConnection.connect(database, autocommit=True) as connection:
        yield connection
