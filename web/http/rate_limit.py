"""How often one address, or one link, may ask: a token bucket for each, in this process."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

MOST_KNOWN = 10_000


@dataclass(slots=True)
class _Bucket:
    left: float
    filled_at: float


class RateLimit:
    """`burst` questions at once, then `per_minute`. The oldest of 10,000 keys are forgotten, so
    memory stays flat.
    """

    def __init__(
        self, burst: int, per_minute: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._burst, self._per_second, self._clock = burst, per_minute / 60, clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    @property
    def known(self) -> int:
        """How many keys it remembers."""
        return len(self._buckets)

    def wait(self, key: str) -> float:
        """0 if the question may be asked now, which counts it; else the seconds until it may."""
        now = self._clock()
        bucket = self._buckets.setdefault(key, _Bucket(self._burst, now))
        self._buckets.move_to_end(key)
        if len(self._buckets) > MOST_KNOWN:
            self._buckets.popitem(last=False)
        bucket.left = min(self._burst, bucket.left + (now - bucket.filled_at) * self._per_second)
        bucket.filled_at = now
        if bucket.left < 1:
            return (1 - bucket.left) / self._per_second
        bucket.left -= 1
        return 0.0
