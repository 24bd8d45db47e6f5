"""Temporal loses its database while journeys wait: PostgreSQL knows them all, and each
comes back.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from local.rehearsal.travel import until
from tests.e2e.running_shop import RunningShop
from tests.e2e.stories import NoonCustomer, a_customer, an_order, today

REQUEST = "What do you think of it?"
_LEFT = timedelta(seconds=10)


@dataclass(frozen=True)
class ForgottenOrders:
    """Customers with an order whose review request waited when Temporal forgot it."""

    began_at: datetime
    told: dict[str, NoonCustomer]
    untold: dict[str, NoonCustomer]


@pytest.fixture(scope="module")
async def waiting(running: RunningShop) -> ForgottenOrders:
    """Some will be told of again; of the others nobody hears anything, and their request falls due
    meanwhile.
    """
    groups = ForgottenOrders(
        today(), *({an_order(): a_customer() for _ in range(4)} for _ in range(2))
    )
    await _deliver(running, groups.told, groups.began_at)
    await _deliver(running, groups.untold, today() - timedelta(days=7) + _LEFT)
    await _lose_everything(running)
    assert not any(REQUEST in running.subjects(customer) for customer in groups.untold.values())
    return groups


async def _deliver(running: RunningShop, orders: dict[str, NoonCustomer], at: datetime) -> None:
    for order, customer in orders.items():
        await running.tell(customer, "consent.given", at, consent={"category": "review"})
        await running.delivered(customer, order, at)


async def _lose_everything(running: RunningShop) -> None:
    temporal = running.parts.child("Temporal")
    await temporal.stop()
    for file in running.parts.home.glob("temporal.db*"):
        file.unlink()
    await temporal.start()


async def test_news_bring_a_journey_back_and_what_waited_leaves_once(
    running: RunningShop, waiting: ForgottenOrders
) -> None:
    for order, customer in waiting.told.items():
        parcel = {"id": f"P-{order}"}
        await running.tell(
            customer, "shipment.delivered", waiting.began_at, order={"id": order}, shipment=parcel
        )
    await running.settled()

    for order, customer in waiting.told.items():
        await running.until_next_due(order)
        assert running.subjects(customer) == ["Your parcel has arrived", REQUEST]


async def test_what_nobody_tells_of_comes_back_too_and_leaves_once(
    running: RunningShop, waiting: ForgottenOrders
) -> None:
    for customer in waiting.untold.values():
        await until(lambda customer=customer: _has(running, customer))  # type: ignore[misc]  # mypy knows no default in a lambda
    await running.settled()
    assert [running.subjects(customer).count(REQUEST) for customer in waiting.untold.values()] == [
        1
    ] * 4


async def _has(running: RunningShop, customer: NoonCustomer) -> bool:
    return REQUEST in running.subjects(customer)
