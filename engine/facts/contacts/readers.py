"""Readers: other customers whom an address reaches, or reached. What they allowed, got and
silenced there holds for whoever is written to at it; facts and orders stay with each.
"""

from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import datetime

from engine.catalog.channels import ADDRESS_OF, CONTACT_OF
from engine.catalog.rows import row
from engine.catalog.values import instant
from engine.facts.contacts.addresses import same_reader
from engine.facts.contacts.consents import newest_word, stop_on
from engine.facts.history import Happening
from engine.facts.state import (
    FOR_EVER,
    State,
    cells_in,
    contact_in,
    stated,
    stated_at,
    value_in,
)
from engine.facts.subjects import Suppression

# A shop, an address as `same_reader` spells it, and the subject of a customer who has it.
AddressHeld = tuple[str, str, str]


@row
class Reader:
    """Another customer; `addresses` says of each they share until when they had it, None if they
    still do. `sent` are the categories of what counts under a cap, and when it was sent.
    """

    customer: str
    addresses: Mapping[str, str | None]
    state: State | None = field(default=None, hash=False)
    silences: tuple[Suppression, ...] = ()
    history: tuple[Happening, ...] = ()
    sent: tuple[tuple[str, datetime | None], ...] = ()

    def had(self, addresses: Iterable[str], at: datetime) -> bool:
        """Whether they were read at one of these addresses at this moment."""
        said_at = instant(at)
        return any(self._left(same_reader(one)) >= said_at for one in addresses)

    def declined_at(self, address: str, categories: tuple[str, ...], channel: str) -> str | None:
        """When they said no to these categories there, where they have not said yes since."""
        word = newest_word(self.state, categories, channel)
        if word is None or word[0] or word[1] > self._left(same_reader(address)):
            return None
        return str(word[1])

    def stopped_at(self, address: str, channel: str) -> str | None:
        """When they said stop on a channel there, where they have not allowed it since."""
        at = stop_on(self.state, channel)
        return None if at is None or at > self._left(same_reader(address)) else at

    def _left(self, address: str) -> str:
        """Until when they had an address, as an instant is spelled."""
        return (self.addresses[address] or FOR_EVER) if address in self.addresses else ""


def addresses_of(order: State | None, customer: State | None) -> list[str]:
    """Where a message about an order may be read, as `same_reader` spells it."""
    said = {fact: word[0] for fact, word in contact_in(order).items()}
    found = [
        address
        for fact in sorted(set(ADDRESS_OF.values()))
        for address in (
            stated(customer, fact) if customer else None,
            stated(order, CONTACT_OF[fact]) if order else None,
            said.get(fact),
        )
    ]
    return list(dict.fromkeys(same_reader(str(one)) for one in found if one))


def moved(before: State | None, after: State) -> dict[str, str | None]:
    """The addresses that a customer has got, and those they have left, with since when."""
    found: dict[str, str | None] = {}
    for fact in set(ADDRESS_OF.values()):
        old, cell = stated(before, fact) if before else None, cells_in(after).get(fact)
        if cell is None or value_in(cell) == old:
            continue
        if old:
            found[same_reader(str(old))] = stated_at(cell)
        if value_in(cell):
            found[same_reader(str(value_in(cell)))] = None
    return found
