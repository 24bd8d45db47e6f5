"""The stream: orders, each of its own customer, and what happens to each of them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

# One message each; every one of them starts no rule but its own and is overtaken by none.
SPOKEN = (
    "order.placed", "order.changed", "order.cancel_requested", "shipment.delayed",
    "shipment.eta_changed",
    "order.refunded",
)  # fmt: skip
# Begins to wait for twenty days, and says nothing before.
WAITING = "order.confirmed"
# Nobody listens to it: it is taken in, and that is all.
UNHEARD = "shipment.packed"
SHOP = "bench"
_IDS = count(1)


@dataclass(frozen=True, slots=True)
class LoadOrder:
    """An order and its customer, both new."""

    number: str

    @property
    def journey(self) -> str:
        """The workflow id of its journey."""
        return f"order:{SHOP}/{self.number}"

    @property
    def address(self) -> str:
        """Of its customer."""
        return f"{self.number.lower()}@customer.example"

    def event(self, kind: str) -> dict[str, Any]:
        """One CloudEvent that happens now, under an id of its own."""
        customer = {
            "id": f"C-{self.number}",
            "email": self.address,
            "first_name": "Ana",
            "locale": "en",
        }
        data: dict[str, Any] = {"shop": SHOP, "order": {"id": self.number}, "customer": customer}
        if kind.startswith("shipment."):
            data["shipment"] = {"id": f"P-{self.number}", "carrier": "acme"}
        return {
            "specversion": "1.0",
            "id": f"load-{next(_IDS)}",
            "source": "bench",
            "type": kind,
            "time": datetime.now(UTC).isoformat(),
            "data": data,
        }


def orders(prefix: str) -> Iterator[LoadOrder]:
    """As many as are asked for, none of them twice for one prefix."""
    return (LoadOrder(f"{prefix}{number}") for number in count(1))


def request_body(*events: dict[str, Any]) -> bytes:
    """A request's body: one event, or a batch."""
    return json.dumps(events[0] if len(events) == 1 else events).encode()
