"""A client of the test run's Temporal, and names that no other test uses."""

from itertools import count

import pytest
from temporalio.client import Client

_NUMBERS = count(1)


@pytest.fixture
async def client(temporal_address: str) -> Client:
    return await Client.connect(temporal_address)


@pytest.fixture
def number() -> int:
    return next(_NUMBERS)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Known where the tests of this folder are asked for by name."""
    parser.addoption("--record-histories", action="store_true", help="write tests/histories anew")
