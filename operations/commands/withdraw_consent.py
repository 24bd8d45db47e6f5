"""Withdrawing consent: a customer ends messages of some categories. It is never refused."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from engine.facts.events import Event
from operations.commands.result import CommandDone

_SOURCE = "purna/unsubscribe"
_DIGITS = 32


@dataclass(frozen=True, slots=True)
class ConsentWithdrawal:
    """Whose consent ends, for which categories; `proof` is what shows that they may ask, such as
    the token of the link they followed.
    """

    shop: str
    customer: str
    categories: tuple[str, ...]
    proof: str


def withdraw_consent(asked: ConsentWithdrawal, now: datetime) -> CommandDone:
    """An event `consent.withdrawn` for each category.

    One for each second at most: a second click changes nothing, yet one after a new consent does.
    """
    digest = hashlib.sha256(asked.proof.encode()).hexdigest()[:_DIGITS]
    return CommandDone(
        tuple(
            Event(
                source=_SOURCE,
                id=f"{digest}-{now:%Y%m%dT%H%M%S}{f'-{number}' if number else ''}",
                type="consent.withdrawn",
                occurred_at=now,
                shop=asked.shop,
                customer=asked.customer,
                data={"consent.category": category},
            )
            for number, category in enumerate(asked.categories)
        )
    )
