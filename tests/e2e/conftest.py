"""One running installation for every test that leaves it as it was."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import open_folder
from tests.e2e.running_shop import RunningShop, a_running_shop
from tests.e2e.stories import NoonCustomer, a_customer, an_order


@pytest.fixture(scope="session")
async def running() -> AsyncIterator[RunningShop]:
    with open_folder() as folder:
        # Longer than a request waits for the database, so that senders are told to come back.
        async with a_running_shop(folder / ".purna", pause=3) as started:
            yield started


@pytest.fixture
def customer() -> NoonCustomer:
    return a_customer()


@pytest.fixture
def order() -> str:
    return an_order()
