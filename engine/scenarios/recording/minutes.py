"""At which minute of a test each thing happened: a test tells all of a minute before anything is
decided.

In truth a message may have left between two events of one minute. Then the second of them, and what
came of it, is told a minute later.
"""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from engine.decisions.decision import Logged
from engine.decisions.effects import Effect

_MINUTE = timedelta(minutes=1)
_DONE = frozenset({"sent", "done", "uncertain"})


class Retelling:
    """The events of a story in the order in which they became known, each with the minute at which
    it is told.
    """

    def __init__(self, events: Sequence[Logged], effects: Sequence[Effect]) -> None:
        done = sorted(one.settled_at for one in effects if one.settled_at and one.state in _DONE)
        self.events = sorted(events, key=known_at)
        self.minutes: list[datetime] = []
        for before, one in zip([None, *self.events], self.events, strict=False):
            at = minute(known_at(one))
            if before is not None:
                has_acted = bisect_right(done, known_at(one)) > bisect_right(done, known_at(before))
                at = max(at, self.minutes[-1] + (_MINUTE if has_acted else timedelta(0)))
            self.minutes.append(at)
        self._known = [known_at(one) for one in self.events]

    @property
    def starts(self) -> datetime:
        """The first minute."""
        return self.minutes[0]

    def minute(self, at: datetime) -> datetime:
        """The minute of what was done at an instant: not before that of the last event known by
        then.
        """
        known = bisect_right(self._known, at)
        return max(minute(at), self.minutes[known - 1]) if known else minute(at)


def known_at(logged: Logged) -> datetime:
    """A play tells of days ahead: there nothing is known before it has happened either."""
    return max(logged.known_at, logged.event.occurred_at)


def minute(at: datetime) -> datetime:
    """The minute in which an instant lies."""
    return at.astimezone(UTC).replace(second=0, microsecond=0)
