from collections.abc import AsyncIterator

import pytest

from store.postgres.store import PostgresStore
from tests.conftest import CreateDatabase
from tests.operations.story_shop import a_store_with_an_order


@pytest.fixture
async def store(create_database: CreateDatabase) -> AsyncIterator[PostgresStore]:
    """A store in which order A1 of customer C1 was placed."""
    async with a_store_with_an_order(await create_database("template1")) as opened:
        yield opened
