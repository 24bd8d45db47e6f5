"""Finding: who has, or had, an address, and which orders are theirs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.catalog.values import instant_or_none
from engine.facts.naming import own_id, shop_of
from operations.cannot_run import CannotRun
from operations.subjects.address import look_up
from store.ports import Store
from store.records.answers import AddressHolder


@dataclass(frozen=True, slots=True)
class PersonAtAddress:
    """A customer who has an address, or had it `until` some time; some of their orders, the newest
    first.
    """

    shop: str
    customer: str
    orders: tuple[str, ...]
    until: datetime | None

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        until = instant_or_none(self.until)
        named = {"shop": self.shop, "customer": self.customer}
        return {**named, "orders": list(self.orders), "until": until}


async def find(store: Store, address: str) -> list[PersonAtAddress]:
    """Everybody who has a mail address or a phone number, or had it; `CannotRun` if that is nobody,
    or it is no address.
    """
    known = await look_up(store, address)
    people = [_person(one) for one in await store.customers.at_address(known.address)]
    if not people:
        raise CannotRun(f"nobody is known to have {known.address}")
    return people


def _person(one: AddressHolder) -> PersonAtAddress:
    orders = tuple(own_id(order) for order in one.orders)
    return PersonAtAddress(shop_of(one.customer), own_id(one.customer), orders, one.until)
