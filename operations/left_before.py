"""Which messages had left before a backup was restored: whoever took them says so, and none of them
leaves a second time.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from store.ports import Store

# What stands before the domain, in a log, in a header or alone in a line.
_IDENTITY = re.compile(r"(?<![0-9A-Za-z])[0-9a-f]{32}(?=@)")
_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class NotedMessages:
    """How many `Message-ID`s were found, and how many of them were not noted before."""

    message_ids: int
    new: int

    def to_json(self) -> dict[str, int]:
        """For a machine."""
        return asdict(self)


async def note_left(store: Store, lines: Iterable[str], now: datetime) -> NotedMessages:
    """Note every message whose `Message-ID` is in the lines; those of others do no harm."""
    known = sorted({identity for line in lines for identity in _IDENTITY.findall(line)})
    new = 0
    for part in _parts(known):
        new += await store.ledger.note_left(part, now)
    return NotedMessages(len(known), new)


def _parts(known: Sequence[str]) -> Iterable[Sequence[str]]:
    return (known[at : at + _AT_ONCE] for at in range(0, len(known), _AT_ONCE))
