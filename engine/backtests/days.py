"""How many messages customers get on one day: a histogram that is settled as the days pass."""

from collections import Counter
from datetime import date, timedelta

# A day is over everywhere once the day after the next has begun in UTC.
_EVERYWHERE = timedelta(days=2)


class Days:
    """Messages per customer and local day; only the days that are not over are kept by customer."""

    def __init__(self) -> None:
        self._open: dict[date, Counter[str]] = {}
        self._settled: Counter[int] = Counter()

    def sent(self, customer: str, day: date) -> None:
        """A message reached a customer on a day of theirs."""
        for past in [one for one in self._open if one + _EVERYWHERE < day]:
            self._settled.update(self._open.pop(past).values())
        self._open.setdefault(day, Counter())[customer] += 1

    def histogram(self) -> dict[int, int]:
        """On how many customers' days there were so many messages."""
        counted = self._settled.copy()
        for day in self._open.values():
            counted.update(day.values())
        return dict(sorted(counted.items()))
