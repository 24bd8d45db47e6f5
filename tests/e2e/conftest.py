"""One running installation for every test that leaves it as it was."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import open_folder
from tests.e2e.installation import Installation, an_installation
from tests.e2e.stories import Customer, a_customer, an_order


@pytest.fixture(scope="session")
async def installation() -> AsyncIterator[Installation]:
    with open_folder() as folder:
        # Longer than a request waits for the database, so that senders are told to come back.
        async with an_installation(folder / ".purna", pause=3) as started:
            yield started


@pytest.fixture
def customer() -> Customer:
    return a_customer()


@pytest.fixture
def order() -> str:
    return an_order()
