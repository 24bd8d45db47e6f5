"""Names of people: the ids by which helpdesks, payers and loyalty programmes know a customer.

Such an id names the one account that it was stated of, else the one guest. Where two accounts have
it, it names nobody: it never makes two accounts one.
"""

from collections.abc import Iterator, Mapping

from engine.catalog.catalog import PERSON_NAMES
from engine.facts.events import Event, is_id
from engine.facts.identity.aliases import Homes, KnownHomes, ThingName, names_in
from engine.facts.identity.persons import KnownHolders, is_guest, person_at
from engine.facts.naming import Naming, own_id, subject_id

# An id of so many customers is that of a form or an agent: whoever else it is stated of is not
# noted.
CROWD = 8


def person_names(event: Event) -> Iterator[ThingName]:
    """Every id of a helpdesk, payer or loyalty programme that an event states of its customer."""
    for kind, fact in PERSON_NAMES.items():
        name = event.data.get(fact)
        if isinstance(name, str) and is_id(name):
            yield event.shop, kind, name


def every_name(event: Event) -> list[ThingName]:
    """Every name that an event gives of its things and its customer."""
    return [*names_in(event), *person_names(event)]


def person_of(event: Event, holders: KnownHolders, homes: KnownHomes, naming: Naming) -> str | None:
    """The id of whom an event is about that names no customer: the account that has an address
    which it states, else the one that has a name; else the guest at the address, else of the name.
    """
    at_address, named = person_at(event, holders, naming), _person_named(event, homes)
    if named is None or at_address is None:
        return own_id(named) if named else at_address
    is_account = not is_guest(subject_id("customer", event.shop, at_address))
    return at_address if is_account or is_guest(named) else own_id(named)


def guests_named(event: Event, customer: str, homes: KnownHomes) -> Iterator[str]:
    """The guests who have a name that an event states of an account, where nobody else has it."""
    for name in person_names(event):
        others = [one for one in homes(name) if one != customer]
        if len(others) == 1 and is_guest(others[0]):
            yield others[0]


def is_crowded(homes: Homes) -> bool:
    """Whether so many customers have a name that no further one is noted."""
    return len(homes) >= CROWD


def _person_named(event: Event, homes: KnownHomes) -> str | None:
    """The subject id of the one customer whom the names mean; nobody where they mean two."""
    meant = dict.fromkeys(one for name in person_names(event) if (one := _one_of(homes(name))))
    return _one_of(meant)


def _one_of(having: Mapping[str, object]) -> str | None:
    accounts = [one for one in having if not is_guest(one)] or list(having)
    return accounts[0] if len(accounts) == 1 else None
