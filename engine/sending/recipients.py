"""To whom a message goes: the address on each channel, and the channels of which none is known yet."""

from collections.abc import Mapping
from dataclasses import field

from engine.catalog.channels import CHANNELS
from engine.catalog.rows import row
from engine.facts.contacts.addresses import address_on, of_reader, same_reader
from engine.sending.question import Question


@row
class Recipients:
    """The addresses that can be used, by channel, and the channels that serve nobody yet: a message
    for one of them waits for an address.
    """

    addresses: Mapping[str, str] = field(default_factory=dict)
    unaddressed: frozenset[str] = frozenset()


def recipients(question: Question) -> Recipients:
    """Where a message may go: to its order's contact, else to its customer; on the channels that
    are served here, and to no address that is dead.
    """
    stated = of_reader(question.subjects.order, question.subjects.customer)
    known = {
        channel: address
        for channel in CHANNELS
        if channel in question.channels
        and (address := address_on(channel, stated.get(channel, ""))) is not None
    }
    return Recipients(
        {name: to for name, to in known.items() if same_reader(to) not in question.dead},
        question.channels - known.keys(),
    )


def addresses(question: Question) -> Mapping[str, str]:
    """The addresses that can be used, by channel."""
    return recipients(question).addresses
