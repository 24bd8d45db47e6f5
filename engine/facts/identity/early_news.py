"""Early news: events of something that nobody knows yet, and the names by which it may be known."""

from engine.facts.events import Event
from engine.facts.identity.aliases import ThingName
from engine.facts.identity.person_names import every_name
from engine.facts.identity.persons import stated_addresses


def awaited_names(event: Event) -> list[ThingName]:
    """The names that may tell whom an event is about which names no order and no customer; none
    where it names nothing at all, or nothing but a perk.
    """
    people = [address_name(event.shop, address) for _, address in stated_addresses(event)]
    return list(dict.fromkeys([*every_name(event), *people]))


def address_name(shop: str, address: str) -> ThingName:
    """An address as the name of whoever has it."""
    return shop, "customer", address
