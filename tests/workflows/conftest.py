"""A client of the test run's Temporal, and names that no other test uses."""

from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import count

import pytest
from temporalio.client import Client

from local.embedded.ports import Ports
from local.embedded.process import Child
from local.embedded.temporal import temporal
from tests.conftest import open_folder

LONG = 40  # events
_NUMBERS = count(1)


@pytest.fixture
async def client(temporal_address: str) -> Client:
    return await Client.connect(temporal_address)


@pytest.fixture(scope="session")
async def impatient() -> AsyncIterator[Client]:
    """A client of a Temporal of its own that finds a history long after forty events, not after
    thousands.
    """
    with open_folder() as folder:
        part = temporal(
            folder / "temporal.db", Ports(folder / "ports.json"), folder / "temporal.log"
        )
        option = ("--dynamic-config-value", f"limit.historyCount.suggestContinueAsNew={LONG}")
        async with Child(replace(part, command=(*part.command, *option))):
            yield await Client.connect(part.address)


@pytest.fixture
def number() -> int:
    return next(_NUMBERS)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Known where the tests of this folder are asked for by name."""
    parser.addoption("--record-histories", action="store_true", help="write tests/histories anew")
