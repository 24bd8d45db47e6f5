"""Settling: which messages nobody is sure of, and what a person found out about one of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from engine.catalog.values import instant_or_none
from engine.decisions.effects import Effect, category_of
from engine.sending.ledger import DELIVERED, NOT_DELIVERED
from operations.cannot_run import CannotRun
from store.ports import Store
from store.records.answers import LedgerQuery

BecameOfIt = Literal["delivered", "lost"]


class UnknownMessage(CannotRun):
    """The ledger has no effect of this key."""

    def __init__(self, key: str) -> None:
        super().__init__(f"the ledger has no {key}")
        self.key = key


class NotUncertain(CannotRun):
    """The effect of this key is settled, or not yet sent."""

    def __init__(self, key: str) -> None:
        super().__init__(f"{key} is not uncertain: `purna ledger uncertain` lists those that are")
        self.key = key


@dataclass(frozen=True, slots=True)
class UncertainMessage:
    """A message that may or may not have arrived; `since` is when its connection broke."""

    key: str
    rule: str
    template: str
    category: str | None
    channel: str | None
    order: str | None
    resent: int
    since: datetime | None

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        return {
            "key": self.key,
            "rule": self.rule,
            "template": self.template,
            "category": self.category,
            "channel": self.channel,
            "order": self.order,
            "resent": self.resent,
            "since": instant_or_none(self.since),
        }


@dataclass(frozen=True, slots=True)
class SettledMessage:
    """What the ledger says of the message now: `sent`, or `wanted` if it is sent again."""

    key: str
    state: Literal["sent", "wanted"]

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        return {"key": self.key, "state": self.state}


async def uncertain(store: Store, shop: str | None = None) -> list[UncertainMessage]:
    """The messages that may or may not have arrived, the oldest first."""
    found = await store.inquiries.effects_in(LedgerQuery(states=("uncertain",), shop=shop))
    return [_message(one) for one in found]


async def settle(store: Store, key: str, what: BecameOfIt, now: datetime) -> SettledMessage:
    """Note what became of an uncertain message; a lost one is sent again.

    Raises `UnknownMessage` or `NotUncertain`.
    """
    is_delivered = what == "delivered"
    try:
        settling = DELIVERED() if is_delivered else NOT_DELIVERED()
        if not await store.ledger.change(key, None, settling, now):
            raise NotUncertain(key)
    except KeyError:
        raise UnknownMessage(key) from None
    return SettledMessage(key, "sent" if is_delivered else "wanted")


def _message(one: Effect) -> UncertainMessage:
    return UncertainMessage(
        key=one.key,
        rule=one.firing.rule_id,
        template=one.name,
        category=category_of(one),
        channel=one.channel,
        order=one.firing.order,
        resent=one.resent,
        since=one.settled_at,
    )
