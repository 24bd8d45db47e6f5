"""A client of the test run's Temporal, and names that no other test uses."""

from collections.abc import AsyncIterator, Iterator
from itertools import count

import pytest
from temporalio.client import Client

_NUMBERS = count(1)


@pytest.fixture
async def client(temporal_address: str) -> AsyncIterator[Client]:
    yield await Client.connect(temporal_address)


@pytest.fixture
def number() -> Iterator[int]:
    yield next(_NUMBERS)
