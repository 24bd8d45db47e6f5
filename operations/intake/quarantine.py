"""The quarantine: what could not be made sense of, to be listed, tried again, or let go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.catalog.values import instant, instant_or_none
from engine.facts.naming import shop_of
from operations.cannot_run import CannotRun
from store.ports import Store
from store.records.answers import Quarantined


@dataclass(frozen=True, slots=True)
class QuarantinedEvent:
    """An event, or a journey (`source` is then "journey") that broke at the event `seq` of its log.

    `type` and `occurred_at` tell of the event, where there is one. Of a journey `subject` is the
    order or customer, by their subject id; of an event it is None.
    """

    number: int
    source: str
    id: str
    seq: int | None
    type: str | None
    occurred_at: datetime | None
    since: datetime
    error: str
    shop: str | None
    subject: str | None = None

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        return {
            "number": self.number,
            "source": self.source,
            "id": self.id,
            "seq": self.seq,
            "type": self.type,
            "occurred_at": instant_or_none(self.occurred_at),
            "since": instant(self.since),
            "error": self.error,
            "shop": self.shop,
            "subject": self.subject,
        }


@dataclass(frozen=True, slots=True)
class RetriedEvent:
    """What came of one that was tried again: `accepted`, `nudged`, `unknown`, or `quarantined`
    under a new number.
    """

    number: int
    result: str

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        return {"number": self.number, "result": self.result}


async def quarantined(store: Store, shop: str | None = None) -> list[QuarantinedEvent]:
    """Everything that could not be made sense of, perhaps of one shop alone, oldest first."""
    found = map(_listed, await store.quarantine.entries())
    return [one for one in found if shop in (None, one.shop)]


def _listed(one: Quarantined) -> QuarantinedEvent:
    own_shop = shop_of(one.subject) if one.subject and "/" in one.subject else None
    return QuarantinedEvent(
        number=one.number,
        source=one.source,
        id=one.id,
        seq=one.seq,
        type=one.type,
        occurred_at=one.occurred_at,
        since=one.since,
        error=one.error,
        shop=one.shop or own_shop,
        subject=one.subject,
    )


async def retry(
    store: Store, numbers: Sequence[int], now: datetime, *, every: bool = False
) -> list[RetriedEvent]:
    """Try these, or every one, again as if they had come now; `CannotRun` if none is meant."""
    wanted = await _meant(store, numbers, every=every)
    return [RetriedEvent(number, await store.quarantine.retry(number, now)) for number in wanted]


async def drop(
    store: Store, numbers: Sequence[int], now: datetime, *, every: bool = False
) -> list[int]:
    """Stop listing these, or every one; the audit notes it. Returns the numbers that were
    dropped.
    """
    wanted = await _meant(store, numbers, every=every)
    return [number for number in wanted if await store.quarantine.let_go(number, now)]


async def _meant(store: Store, numbers: Sequence[int], *, every: bool) -> list[int]:
    """The numbers that are meant; `CannotRun` if one does not exist, or none is meant."""
    there = [one.number for one in await store.quarantine.entries()]
    if every == bool(numbers):
        raise CannotRun("say which, by number, or --all")
    if unknown := [number for number in numbers if number not in there]:
        raise CannotRun(f"there is no number {unknown[0]} in the quarantine")
    return there if every else list(dict.fromkeys(numbers))
