"""Events that wait until somebody tells of the thing they are about, to be listed once they have
waited for long.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine.catalog.values import instant
from store.ports import Store


@dataclass(frozen=True, slots=True)
class UnplacedEvent:
    """An event, since when it waits, and the names that nobody has told of yet."""

    shop: str
    source: str
    id: str
    type: str
    since: datetime
    names: tuple[tuple[str, str], ...]

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        return {
            "shop": self.shop,
            "source": self.source,
            "id": self.id,
            "type": self.type,
            "since": instant(self.since),
            "names": [{"kind": kind, "name": name} for kind, name in self.names],
        }


async def unplaced(
    store: Store, now: datetime, longer_than: timedelta, shop: str | None = None
) -> list[UnplacedEvent]:
    """The events that have waited longer than that, the oldest first."""
    return [
        UnplacedEvent(one.shop, one.source, one.id, one.type, one.since, one.names)
        for one in await store.overview.unplaced(now - longer_than)
        if shop in (None, one.shop)
    ]
