"""Exporting: everything that is known of one customer, for them to have."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from operations.subjects.customer import customer_meant
from store.ports import Store


@dataclass(frozen=True, slots=True)
class ExportedCustomer:
    """The customer's subject id, and all that is kept of them as JSON."""

    customer: str
    known: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """For a machine, and for the customer."""
        return dict(self.known)


async def export(store: Store, customer: str, shop: str | None) -> ExportedCustomer:
    """Everything that is known of a customer by the id of their shop; `CannotRun` if it is not
    clear who that is.
    """
    subject = await customer_meant(store, customer, shop)
    return ExportedCustomer(subject, await store.customers.export(subject))
