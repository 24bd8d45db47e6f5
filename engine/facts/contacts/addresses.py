"""Addresses: what one is on each channel, and which ones an order and its customer have stated.

The same text is an address everywhere, in tests as in mails that leave: `address_on` is the one
judge of it.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from unicodedata import category

from email_validator import EmailNotValidError, validate_email

from engine.catalog.channels import ADDRESS_OF, CONTACT_OF
from engine.facts.state import (
    State,
    addresses_in,
    contact_in,
    later_word,
    own_words,
    reached_since,
    stated,
    stated_later,
)

# Signs of direction and joiners, which come along where text is copied.
_UNSEEN = "Cf"
# Signs that people write between the digits of a phone number.
_BETWEEN_DIGITS = re.compile(r"[\s().\-/]+")
# E.164: a plus, the code of a country, fifteen digits at most.
_PHONE = re.compile(r"\+[1-9][0-9]{2,14}")
_ADDRESSES = frozenset({*ADDRESS_OF.values(), *CONTACT_OF.values()})


def mailbox(text: str) -> str:
    """A mail address, in ASCII where there is such a form; domains for tests and documentation are
    addresses too. `EmailNotValidError` if it is none.
    """
    found = validate_email(
        text, check_deliverability=False, globally_deliverable=False, test_environment=True
    )
    return found.ascii_email or found.normalized


@lru_cache(maxsize=4096)
def address_on(channel: str, text: str) -> str | None:
    """The address that a text is on a channel, without the blanks around it and unseen signs in
    it; None if it is none.
    """
    text = "".join(one for one in text if category(one) != _UNSEEN).strip()
    if not text.isprintable():
        return None
    if channel == "email":
        return text if _is_mailbox(text) else None
    if channel in ADDRESS_OF:
        number = _number(text)
        return number if _PHONE.fullmatch(number) else None
    return text or None


def same_reader(address: str) -> str:
    """What two spellings of one address share; `read_at` of the database answers alike."""
    return address.strip().lower() if "@" in address else _number(address)


def states_address(facts: Iterable[str]) -> bool:
    """Whether an event that states these facts may bring an address."""
    return not _ADDRESSES.isdisjoint(facts)


def of_customer(customer: State | None) -> dict[str, str]:
    """What the customer has stated for each channel, which need not be an address."""
    return _by_channel(customer, {} if customer is None else _newest(customer))


def of_order(order: State | None, customer: State | None) -> dict[str, str]:
    """What an order has stated for each channel: its own contact, else what its events said of its
    customer, unless the customer has said otherwise since.

    What is said in another order's event is that order's: an id may be used with many addresses. A
    contact that is no address stands behind what the order's events said.
    """
    if order is None:
        return {}
    said, own = contact_in(order), own_words(customer)
    found: dict[str, str] = {}
    for channel, fact in ADDRESS_OF.items():
        contact = str(stated(order, CONTACT_OF[fact]) or "").strip()
        if contact and (fact not in said or address_on(channel, contact)):
            found[channel] = contact
        elif fact in said:
            found[channel] = max(said[fact], own.get(fact, said[fact]), key=later_word)[0]
    return found


def of_reader(order: State | None, customer: State | None) -> dict[str, str]:
    """What is stated for each channel of whom an order's message is for: the order's contact, and
    on a channel where it has none the customer's.

    Where the order's contact is somebody else than the customer by now, the customer's are only
    those that were stated for no order alone.
    """
    contact, theirs = of_order(order, customer), of_customer(customer)
    if any(_differ(address, theirs.get(channel)) for channel, address in contact.items()):
        words = own_words(customer)
        theirs = _by_channel(customer, {fact: word[0] for fact, word in words.items()})
    return {**theirs, **contact}


def _newest(customer: State) -> dict[str, str]:
    facts = {fact: stated(customer, fact) for fact in ADDRESS_OF.values()}
    return {fact: str(value) for fact, value in facts.items() if value is not None}


def _by_channel(customer: State | None, facts: Mapping[str, str]) -> dict[str, str]:
    """These facts by channel, under what no event states and no fact has replaced."""
    found = {channel: facts[fact] for channel, fact in ADDRESS_OF.items() if fact in facts}
    since = reached_since(customer)
    for channel, address in addresses_in(customer).items():
        fact = ADDRESS_OF.get(channel)
        if fact is None or customer is None or not stated_later(customer, fact, since):
            found[channel] = address
    return found


def _number(text: str) -> str:
    number = _BETWEEN_DIGITS.sub("", text)
    return f"+{number[2:]}" if number.startswith("00") else number


def _differ(one: str, other: str | None) -> bool:
    return same_reader(one) != same_reader(other or "")


def _is_mailbox(text: str) -> bool:
    try:
        mailbox(text)
    except EmailNotValidError:
        return False
    return True
