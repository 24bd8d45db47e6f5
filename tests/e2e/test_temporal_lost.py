"""Temporal loses its database while journeys wait: PostgreSQL knows them all, and each
comes back.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from tests.e2e.installation import Installation, until
from tests.e2e.stories import Customer, a_customer, an_order, today

REQUEST = "What do you think of it?"
_LEFT = timedelta(seconds=10)


@dataclass(frozen=True)
class Waiting:
    """Customers with an order whose review request waited when Temporal forgot it."""

    began_at: datetime
    told: dict[str, Customer]
    untold: dict[str, Customer]


@pytest.fixture(scope="module")
async def waiting(installation: Installation) -> Waiting:
    """Some will be told of again; of the others nobody hears anything, and their request falls due
    meanwhile.
    """
    groups = Waiting(today(), *({an_order(): a_customer() for _ in range(4)} for _ in range(2)))
    await _deliver(installation, groups.told, groups.began_at)
    await _deliver(installation, groups.untold, today() - timedelta(days=7) + _LEFT)
    await _lose_everything(installation)
    assert not any(
        REQUEST in installation.subjects(customer) for customer in groups.untold.values()
    )
    return groups


async def _deliver(installation: Installation, orders: dict[str, Customer], at: datetime) -> None:
    for order, customer in orders.items():
        await installation.tell(customer, "consent.given", at, consent={"category": "review"})
        await installation.delivered(customer, order, at)


async def _lose_everything(installation: Installation) -> None:
    temporal = installation.child("Temporal")
    await temporal.stop()
    for file in installation.home.glob("temporal.db*"):
        file.unlink()
    await temporal.start()


async def test_news_bring_a_journey_back_and_what_waited_leaves_once(
    installation: Installation, waiting: Waiting
) -> None:
    for order, customer in waiting.told.items():
        parcel = {"id": f"P-{order}"}
        await installation.tell(
            customer, "shipment.delivered", waiting.began_at, order={"id": order}, shipment=parcel
        )
    await installation.settled()

    for order, customer in waiting.told.items():
        await installation.until_next_due(order)
        assert installation.subjects(customer) == ["Your parcel has arrived", REQUEST]


async def test_what_nobody_tells_of_comes_back_too_and_leaves_once(
    installation: Installation, waiting: Waiting
) -> None:
    for customer in waiting.untold.values():
        await until(lambda customer=customer: _has(installation, customer))  # type: ignore[misc]  # mypy knows no default in a lambda
    await installation.settled()
    assert [
        installation.subjects(customer).count(REQUEST) for customer in waiting.untold.values()
    ] == [1] * 4


async def _has(installation: Installation, customer: Customer) -> bool:
    return REQUEST in installation.subjects(customer)
