"""Early news: events of something that nobody knows yet, and the names by which it may be known."""

from engine.catalog.catalog import CONTAINER
from engine.facts.events import Event
from engine.facts.identity.aliases import ThingName, names_in
from engine.facts.identity.persons import stated_addresses

_THINGS = frozenset(CONTAINER) - {"order"}


def awaited_names(event: Event) -> list[ThingName]:
    """The names that may tell whom an event is about which names no order and no customer; none
    where it names nothing at all.
    """
    people = [address_name(event.shop, address) for _, address in stated_addresses(event)]
    return list(dict.fromkeys([*names_in(event, _THINGS), *people]))


def address_name(shop: str, address: str) -> ThingName:
    """An address as the name of whoever has it."""
    return shop, "customer", address
