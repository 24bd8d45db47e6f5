"""A shop on a database of each module's own."""

from collections.abc import AsyncIterator
from itertools import count

import pytest

from tests.shop import Shop, a_shop

_ORDERS = count(1)


@pytest.fixture
async def shop(fresh_database: str) -> AsyncIterator[Shop]:
    async with a_shop(fresh_database) as shop:
        yield shop


@pytest.fixture
def order() -> str:
    """The id of an order that no other test has."""
    return f"A{next(_ORDERS)}"
