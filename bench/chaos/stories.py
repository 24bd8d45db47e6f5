"""Customers for whom it is noon, and what happens to their orders: CloudEvents, the same for the
same seed.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from engine.catalog.values import instant

RawEvent = dict[str, Any]
SOON = timedelta(seconds=3)
_CANCELLED = 0.15  # of all orders
_FARTHEST_EAST = -12


@dataclass(frozen=True, slots=True)
class StoryOrder:
    """An order of a customer of its own; `zone` None is one where it is noon, so that no quiet
    hours hold.
    """

    shop: str
    number: str
    zone: str | None = None

    @property
    def customer(self) -> str:
        """The id of its customer."""
        return f"C{self.number}"

    @property
    def address(self) -> str:
        """Where its customer is reached; the domain tells the case."""
        return f"c{self.number}@{self.shop}.example"

    def event(
        self, kind: str, at: datetime, delivery: int = 1, **things: Mapping[str, Any]
    ) -> RawEvent:
        """Something that happened to it; another `delivery` is the same under another id."""
        known = {
            "id": self.customer,
            "email": self.address,
            "first_name": "Ana",
            "time_zone": self.zone or noon_zone(),
        }
        told = (
            {"order": {"id": self.number}}
            if kind.partition(".")[0] in ("order", "shipment", "return")
            else {}
        )
        parcel = {"shipment": {"id": f"P{self.number}"}} if kind.startswith("shipment.") else {}
        data: dict[str, Any] = {"shop": self.shop, "customer": known, **told, **parcel}
        for thing, facts in things.items():
            data[thing] = {**data.get(thing, {}), **facts}
        number = f"{self.shop}-{self.number}-{kind}-{instant(at)}-{delivery}"
        return {
            "specversion": "1.0", "id": number, "source": "chaos", "type": kind,
            "time": instant(at), "data": data,
        }  # fmt: skip

    def consent(self, at: datetime) -> RawEvent:
        """To be asked for a review."""
        return self.event("consent.given", at, consent={"category": "review"})

    def gold(self, at: datetime) -> RawEvent:
        """Something that lives in the customer's own journey."""
        return self.event(
            "loyalty.tier_changed", at, customer={"tier": "gold"}, loyalty={"direction": "up"}
        )

    def life(self, now: datetime, chance: random.Random) -> list[RawEvent]:
        """From its confirmation to its arrival, after which thanks are due in three seconds; some
        are cancelled.
        """
        events = [
            self.consent(now - timedelta(days=3)),
            self.event("order.confirmed", now - timedelta(days=2)),
            self.gold(now - timedelta(days=1)),
            self.event("shipment.shipped", now - timedelta(days=1)),
        ]
        if chance.random() < _CANCELLED:
            return [*events, self.event("order.cancelled", now - timedelta(hours=3))]
        return [*events, self.delivered(now)]

    def delivered(self, now: datetime, due_in: timedelta = SOON) -> RawEvent:
        """It has arrived at a moment from which thanks are due in so long."""
        return self.event("shipment.delivered", now - timedelta(hours=2) + due_in)


def noon_zone() -> str:
    """A zone without daylight saving in which it is about noon now."""
    return _zone_where_it_is(12)


def night_zone() -> str:
    """A zone without daylight saving in which it is about eleven in the evening now."""
    return _zone_where_it_is(23)


def _zone_where_it_is(hour: int) -> str:
    west = datetime.now(UTC).hour - hour
    return f"Etc/GMT{west + 24 if west < _FARTHEST_EAST else west:+d}"  # POSIX counts westwards
