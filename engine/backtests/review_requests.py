"""Review requests that went wrong: before delivery, or for an order that never was delivered; ours
and the shop's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.catalog.values import as_instant
from engine.facts.events import Event

# The attribute of a review's CloudEvent that tells when the shop itself had asked for it; several
# instants, if it had asked more than once, have a blank between them.
SHOP_ASKED_AT = "shoprequestedat"
_DELIVERIES = frozenset({"shipment.delivered", "order.delivered"})


@dataclass(frozen=True, slots=True)
class Wrong:
    """Requests that should not have been made."""

    before_delivery: int = 0
    never_delivered: int = 0

    def to_json(self) -> dict[str, int]:
        """Both counts by name."""
        return {"before_delivery": self.before_delivery, "never_delivered": self.never_delivered}


class OwnRequests:
    """The requests of the rules. Only those for orders not delivered yet are remembered."""

    def __init__(self) -> None:
        self._early: dict[tuple[str, str], list[datetime]] = {}
        self._before = 0

    def sent(self, shop: str, order: str, delivered_at: datetime | None, at: datetime) -> None:
        """A request was sent; `delivered_at` is when the order had been delivered as a whole, as
        far as was known.
        """
        if delivered_at is None:
            self._early.setdefault((shop, order), []).append(at)
        elif delivered_at > at:
            self._before += 1

    def note_event(self, event: Event) -> None:
        """An event of the log; a delivery tells that an early request was merely early, or not even
        that.
        """
        if self._early and event.type in _DELIVERIES and event.order:
            asked = self._early.pop((event.shop, event.order), ())
            self._before += sum(at < event.occurred_at for at in asked)

    @property
    def wrong(self) -> Wrong:
        """What went wrong so far."""
        return Wrong(self._before, sum(map(len, self._early.values())))


class ShopsRequests:
    """The requests that the shop itself had made, as the log tells them; remembers an instant for
    each order.
    """

    def __init__(self) -> None:
        self._asked: list[tuple[tuple[str, str], datetime]] = []
        self._delivered: dict[tuple[str, str], datetime] = {}

    def note_event(self, event: Event, raw: Mapping[str, Any]) -> None:
        """An event of the log, and the CloudEvent it was read from."""
        if event.order is None:
            return
        order = (event.shop, event.order)
        if event.type in _DELIVERIES:
            self._delivered[order] = max(
                event.occurred_at, self._delivered.get(order, event.occurred_at)
            )
        told = raw.get(SHOP_ASKED_AT)
        for text in told.split() if isinstance(told, str) else ():
            self._asked.append((order, as_instant(text)))

    @property
    def total(self) -> int:
        """How many requests the log tells of."""
        return len(self._asked)

    @property
    def wrong(self) -> Wrong:
        """What went wrong, once the whole log has been heard."""
        delivered = [(self._delivered.get(order), at) for order, at in self._asked]
        return Wrong(
            before_delivery=sum(at < known for known, at in delivered if known),
            never_delivered=sum(known is None for known, _ in delivered),
        )
