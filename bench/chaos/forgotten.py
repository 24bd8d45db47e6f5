"""Mails of which a restored database knows nothing: those that left after the backup was taken.

Of some somebody has told that they had left: those may not leave again. The others are set aside
before the judge looks, so that everything else is judged as ever, and counted: how many of them
left again, and of how many the ledger has no mark, since what they said is out of date by now.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from activities.channels.port import message_id
from engine.decisions.effects import Effect
from local.parts import SENDER_DOMAIN
from local.rehearsal.judge import Copy

_MARKED = ("leaving", "sent", "uncertain")


@dataclass(slots=True)
class Forgotten:
    """The time between a backup and the loss of everything since."""

    since: datetime
    until: datetime
    reported: frozenset[str]  # by their `Message-ID`s
    again: list[Copy] = field(default_factory=list)
    unmarked: list[Copy] = field(default_factory=list)

    def without(self, copies: Sequence[Copy], ledger: Iterable[Effect]) -> list[Copy]:
        """The copies that the ledger should know."""
        left_later = {one.identity for one in copies if one.began_at > self.until}
        marked = {
            message_id(row.key, SENDER_DOMAIN)
            for row in ledger
            if row.resent or row.state in _MARKED
        }
        kept: list[Copy] = []
        for one in copies:
            is_forgotten = self.since < one.began_at <= self.until
            if is_forgotten and one.identity not in marked:
                self.unmarked.append(one)
            elif is_forgotten and one.identity in left_later - self.reported:
                self.again.append(one)
            else:
                kept.append(one)
        return kept
