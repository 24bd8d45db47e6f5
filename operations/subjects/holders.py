"""Whom an address means where somebody types one in place of an id: exactly one, or an error that
says which ids there are.
"""

from collections.abc import Iterable, Sequence

from engine.facts.contacts.addresses import address_on, same_reader
from engine.facts.naming import own_id, shop_of
from operations.cannot_run import CannotRun
from operations.instants import spelled
from store.ports import Store
from store.records.answers import AddressHolder

# By what people are looked for; a token for push means nothing to a person.
_CHANNELS = ("email", "sms")


async def customer_at(store: Store, text: str, shop: str | None) -> str | None:
    """The subject id of the one customer who has an address now; None if the text is no address, or
    one that nobody ever had. `CannotRun` if several have it, or nobody any more.
    """
    having = await _having(store, text, shop)
    if len(having) > 1:
        people = _listed(_person(one) for one in having)
        raise CannotRun(f"several customers have {text}: {people}; say which, by id and --shop")
    return having[0].customer if having else None


async def order_at(store: Store, text: str, shop: str | None) -> str | None:
    """The subject id of the one order of those who have an address now; None and `CannotRun` as for
    a customer, the latter also if they have several orders or none.
    """
    having = await _having(store, text, shop)
    if not having:
        return None
    orders = [order for one in having for order in one.orders]
    if not orders:
        raise CannotRun(f"{_person(having[0])}, who has {text}, has no order")
    if len(orders) > 1:
        newest = _listed(f"{own_id(one)} of shop {shop_of(one)}" for one in orders)
        raise CannotRun(f"whoever has {text} has several orders: {newest}; say which, by id")
    return orders[0]


async def _having(store: Store, text: str, shop: str | None) -> Sequence[AddressHolder]:
    """Whoever has an address now; `CannotRun` if somebody had it, and nobody has it now."""
    address = next((one for channel in _CHANNELS if (one := address_on(channel, text))), None)
    if address is None:
        return []
    known = await store.customers.at_address(same_reader(address))
    found = [one for one in known if shop in (None, shop_of(one.customer))]
    having = [one for one in found if one.until is None]
    if found and not having:
        people = _listed(f"{_person(one)} until {spelled(one.until)}" for one in found if one.until)
        raise CannotRun(f"nobody has {text} any more; it was that of {people}; say which, by id")
    return having


def _person(one: AddressHolder) -> str:
    return f"customer {own_id(one.customer)} of shop {shop_of(one.customer)}"


def _listed(parts: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(parts))
