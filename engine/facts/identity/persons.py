"""People: who an event is about where it names no account, and customers who turn out to be one.

A guest is known by an address alone, and joins the one account that has it. Two accounts that share
an address or a phone stay two; only `customer.merged` makes them one.
"""

from collections.abc import Callable, Mapping
from typing import Any

from engine.catalog.catalog import OF_ORDER, Catalog
from engine.catalog.channels import ADDRESS_OF
from engine.catalog.rows import changed, row
from engine.facts.contacts.addresses import address_on, same_reader
from engine.facts.contacts.consents import joined_consents
from engine.facts.events import Event
from engine.facts.fold import fold_customer
from engine.facts.naming import Naming, own_id, subject_id
from engine.facts.purchases import joined_purchases
from engine.facts.state import AddressWords, State, both, later_word, name_customer

MERGED, MERGED_FROM = "customer.merged", "customer.merged_from"
_GUEST = "guest:"
# By which of the addresses somebody is known, the surest first; every channel of a fact judges it
# alike.
_KNOWN_BY = {fact: channel for channel, fact in reversed(list(ADDRESS_OF.items()))}
# Until when each customer has an address, by their subject ids.
Holders = Mapping[str, str | None]
KnownHolders = Callable[[str, str], Holders]


@row
class JoinedPerson:
    """A customer who turned out to be another one: what was known of `name` is kept of `into` from
    now on. Both are subject ids.
    """

    name: str
    into: str


@row
class HandedOrder:
    """An order that belongs to another customer by now; all are subject ids."""

    order: str
    before: str
    after: str

    def event(self, event: Event) -> Event:
        """An event of the order as its new customer's: what it said of the other stays theirs."""
        return changed(event, customer=own_id(self.after))


def is_guest(customer: str) -> bool:
    """Whether a customer (a subject id) is known by an address alone."""
    return own_id(customer).startswith(_GUEST)


def guests_of(event: Event, naming: Naming) -> list[str]:
    """The subject ids of the guests who would be known by the addresses that an event states."""
    return [_guest(event.shop, address, naming) for _, address in stated_addresses(event)]


def stated_addresses(event: Event) -> list[tuple[str, str]]:
    """The addresses of its customer that an event states, by fact, as `same_reader` spells them."""
    found = []
    for fact, channel in _KNOWN_BY.items():
        if address := address_on(channel, str(event.data.get(fact) or "")):
            found.append((fact, same_reader(address)))
    return sorted(found)


def person_at(event: Event, holders: KnownHolders, naming: Naming) -> str | None:
    """The id of whom an event is about that names no customer, by their address: the one account
    that has it, else a guest; nobody where all it states is a phone that two have.
    """
    for fact, address in stated_addresses(event):
        having = [one for one, until in holders(event.shop, address).items() if until is None]
        accounts = [one for one in having if not is_guest(one)] or having
        if len(accounts) == 1:
            return own_id(accounts[0])
        if fact == "customer.email" or not accounts:
            return own_id(_guest(event.shop, address, naming))
    return None


def guests_to_join(event: Event, customer: str, holders: KnownHolders, naming: Naming) -> list[str]:
    """The guests known by an address that an event states of an account, which no other has."""
    found = []
    for _, address in stated_addresses(event):
        having = holders(event.shop, address)
        others = [one for one, until in having.items() if until is None and one != customer]
        if all(is_guest(one) for one in others):
            found += others
            found.append(_guest(event.shop, address, naming))
    return list(dict.fromkeys(found))


def owner_after(order: State | None, event: Event) -> str | None:
    """The id of whom an order belongs to after an event of it."""
    after = dict(order or {})
    name_customer(after, event)
    cell = after.get("customer")
    return str(cell[0]) if cell else None


def joined_customers(kept: State, other: State) -> State:
    """The state of a customer as if all had been known of them that was known of another."""
    things: dict[str, dict[str, Any]] = {}
    for kind in {*kept["things"], *other["things"]}:
        one, more = kept["things"].get(kind, {}), other["things"].get(kind, {})
        things[kind] = {
            **one,
            **{t: both(one[t], held) if t in one else held for t, held in more.items()},
        }
    whole = both(kept, other)
    found = {**other, **kept, "facts": whole["facts"], "happened": whole["happened"]}
    found["things"] = things
    for name, join in (
        ("consents", joined_consents),
        ("words", _joined_words),
    ):
        if name in found:
            found[name] = join(kept.get(name, {}), other.get(name, {}))
    if "erased" not in kept:
        found.pop("erased", None)
    return joined_purchases(found, kept, other)


def with_order(customer: State, past: list[Event], handed: HandedOrder, catalog: Catalog) -> State:
    """The state of a customer to whom an order has come, with what its events said of them."""
    for event in past:
        if is_of_order(event, catalog):
            customer = fold_customer(
                customer, of_order_alone(handed.event(event), catalog), catalog
            )
    return customer


def is_of_order(event: Event, catalog: Catalog) -> bool:
    """Whether an event is about an order, or a thing of one; not where nobody knows its type."""
    return event.type in catalog.events and catalog.events[event.type].about in OF_ORDER


def of_order_alone(event: Event, catalog: Catalog) -> Event:
    """An event without what it states of its customer."""
    data = {
        name: value for name, value in event.data.items() if catalog.owners.get(name) != "customer"
    }
    return event if data == event.data else changed(event, data=data)


def _guest(shop: str, address: str, naming: Naming) -> str:
    """The address itself stands nowhere but among the facts, from where it can be erased."""
    return subject_id("customer", shop, f"{_GUEST}{naming.hidden(address)}")


def _joined_words(one: AddressWords, other: AddressWords) -> dict[str, list[str]]:
    """What was said of addresses under two names: the later word on each."""
    found = {fact: list(word) for fact, word in one.items()}
    for fact, word in other.items():
        found[fact] = max(list(word), found.get(fact, list(word)), key=later_word)
    return found
