"""Customers for whom it is noon, and what happens to them; every one of them is new to the
running.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

from engine.catalog.values import instant

SHOP = "e2e"
_NUMBERS = count(1)


@dataclass(frozen=True, slots=True)
class NoonCustomer:
    """A customer who lives where it is noon: quiet hours keep no message back."""

    id: str
    zone: str

    @property
    def address(self) -> str:
        return f"{self.id}@customer.example"

    def event(self, kind: str, at: datetime, **things: Mapping[str, Any]) -> dict[str, Any]:
        """One CloudEvent about this customer, under an id of its own."""
        known = {
            "id": self.id,
            "email": self.address,
            "time_zone": self.zone,
            "first_name": "Ana",
            "locale": "en",
        }
        return {
            "specversion": "1.0",
            "id": f"e2e-{next(_NUMBERS)}",
            "source": "e2e",
            "type": kind,
            "time": instant(at),
            "data": {"shop": SHOP, "customer": known, **things},
        }


def a_customer() -> NoonCustomer:
    offset = 12 - today().hour
    return NoonCustomer(f"c{next(_NUMBERS)}", f"Etc/GMT{-offset:+d}")  # POSIX counts westwards


def an_order() -> str:
    return f"E{next(_NUMBERS)}"


def today() -> datetime:
    return datetime.now(UTC)  # Temporal's clock is the real one
