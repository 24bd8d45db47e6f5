"""Takes out of recorded facts what tells who somebody is, and puts something of the same kind in
its place.
"""

from collections.abc import Mapping
from typing import Any

from engine.catalog.catalog import Catalog

# The customer of every recorded test.
CUSTOMER = "C1"
_INSTEAD = {
    "customer.first_name": "Kim",
    "customer.email": "kim@example.com",
    "customer.phone": None,
    "order.shipping_address": "1 Example Street",
    # In their own words people tell more of themselves than they were asked.
    "review.text": "words of the customer",
}
_HIDDEN = "hidden"


class Hiding:
    """Remembers what it has hidden, since rules pass facts on."""

    def __init__(self, catalog: Catalog, customer: str | None) -> None:
        self._catalog = catalog
        self._instead: dict[str, str] = {customer: CUSTOMER} if customer else {}

    def facts(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """What of an event's facts a test may state."""
        found = {
            name: self._fact(name, value)
            for name, value in told.items()
            if self._can_be_stated(name)
        }
        return {name: value for name, value in found.items() if value is not None}

    def value(self, value: Any) -> Any:
        """A value that a rule passed on."""
        return self._instead.get(value, value) if isinstance(value, str) else value

    def _fact(self, name: str, value: Any) -> Any:
        fact = self._catalog.facts[name]
        if name not in _INSTEAD and not fact.personal:
            return value
        instead = _INSTEAD.get(name, _HIDDEN if fact.type.kind == "text" else None)
        if isinstance(value, str) and instead:
            self._instead[value] = instead
        return instead

    def _can_be_stated(self, name: str) -> bool:
        is_moment = name.endswith("_at") and name.removesuffix("_at") in self._catalog.events
        fact = self._catalog.facts.get(name)
        return fact is not None and not fact.derived and name != "customer.id" and not is_moment
