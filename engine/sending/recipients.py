"""To whom a message goes: the address on each channel, and the channels of which none is known yet."""

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from datetime import datetime

from engine.catalog.channels import ADDRESS_OF, CHANNELS
from engine.catalog.rows import row
from engine.decisions.action_sites import key_at
from engine.facts.contacts.addresses import (
    address_on,
    of_customer,
    of_order,
    of_reader,
    same_reader,
)
from engine.rules.rule import Send
from engine.sending.question import MessageQuestion, QuestionAt


@row
class Recipients:
    """The addresses that can be used, by channel, and the channels that serve nobody yet: a message
    for one of them waits for an address. `unusable` says why each other channel has none.
    """

    addresses: Mapping[str, str] = field(default_factory=dict)
    unaddressed: frozenset[str] = frozenset()
    unusable: Mapping[str, str] = field(default_factory=dict)


def recipients(asked: QuestionAt[MessageQuestion]) -> Recipients:
    """Where a message may go, on the channels that are served here: to nobody who is written to
    already, and to no address that is dead.
    """
    question = asked.question
    known = _known(asked, asked.send.to if asked.send else None)
    others = [_known(asked, name) for name in _written_to(asked)]
    usable = {
        channel: address
        for channel, address in known.items()
        if same_reader(address) not in question.dead
        and all(_differ(address, other.get(channel)) for other in others)
    }
    unusable: dict[str, str] = {
        channel: _why_unusable(channel, known, question)
        for channel in CHANNELS
        if channel not in usable
    }
    return Recipients(usable, question.channels - known.keys(), unusable)


def _why_unusable(channel: str, known: Mapping[str, str], question: MessageQuestion) -> str:
    if channel not in question.channels:
        return "no provider"
    if channel not in known:
        return "no address"
    return "dead address" if same_reader(known[channel]) in question.dead else "written to already"


def _written_to(asked: QuestionAt[MessageQuestion]) -> Iterator[str | None]:
    """Who else is told the very same by the same `do`: whoever stands before this reader, and
    whoever stands behind and has been told already, since this one had no address yet.
    """
    site, send, effect = asked.site, asked.send, asked.question.effect
    if site is None or send is None:
        return
    for place, other in enumerate(site.branch.actions):
        if not isinstance(other, Send) or other.to == send.to:
            continue
        if replace(other, to=send.to, position=send.position) != send:
            continue
        if place < site.spot.place or key_at(effect, place) in asked.question.spoken:
            yield other.to


def addresses(question: MessageQuestion, now: datetime) -> Mapping[str, str]:
    """The addresses that can be used, by channel."""
    return recipients(QuestionAt(question, now)).addresses


def _known(asked: QuestionAt[MessageQuestion], to: str | None) -> dict[str, str]:
    """The address of an addressee on each channel that is served here."""
    stated = _stated(asked, to)
    return {
        channel: address
        for channel in CHANNELS
        if channel in asked.question.channels
        and (address := address_on(channel, stated.get(channel, ""))) is not None
    }


def _stated(asked: QuestionAt[MessageQuestion], to: str | None) -> dict[str, str]:
    """What is stated of an addressee for each channel, which need not be an address."""
    subjects = asked.question.subjects
    match to:
        case None:
            return of_reader(subjects.order, subjects.customer)
        case "order.contact":
            return of_order(subjects.order, subjects.customer)
        case "customer":
            return of_customer(subjects.customer)
        case _:
            return dict.fromkeys(ADDRESS_OF, str(asked.view[to] or ""))


def _differ(address: str, other: str | None) -> bool:
    return other is None or same_reader(address) != same_reader(other)
