"""Erasing: everything a customer ever stated is blanked, and nothing is said to them again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from operations.subjects.customer import customer_meant
from store.ports import Store


@dataclass(frozen=True, slots=True)
class ErasedCustomer:
    """How much was blanked or dropped; `tables_rewritten` is False if old pages of a busy table
    remain.
    """

    customer: str
    orders: int
    events: int
    journeys: int
    messages_dropped: int
    tables_rewritten: bool

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        return {
            "customer": self.customer,
            "orders": self.orders,
            "events": self.events,
            "journeys": self.journeys,
            "messages_dropped": self.messages_dropped,
            "tables_rewritten": self.tables_rewritten,
        }


async def erase(store: Store, customer: str, shop: str | None, now: datetime) -> ErasedCustomer:
    """Blank everything that was stated of a customer, drop what is unsent, and rewrite the tables.

    It cannot be undone. `CannotRun` if it is not clear which customer is meant.
    """
    subject = await customer_meant(store, customer, shop)
    erased = await store.customers.erase(subject, now)
    return ErasedCustomer(
        customer=subject,
        orders=erased.orders,
        events=erased.events,
        journeys=erased.journeys,
        messages_dropped=erased.messages_dropped,
        tables_rewritten=await store.customers.rewrite(),
    )
