"""A breaker per process: a server that is away is not asked by every message."""

from collections.abc import Callable
from datetime import timedelta

MonotonicClock = Callable[[], float]


class ConnectionBreaker:
    """Opens after `limit` connection failures in a row, closes with the first connection that
    stands.
    """

    def __init__(
        self,
        clock: MonotonicClock,
        *,
        limit: int = 5,
        probe_every: timedelta = timedelta(seconds=5),
    ) -> None:
        """`clock` counts seconds and never goes back (`time.monotonic`)."""
        self.probe_every = probe_every
        self._clock = clock
        self._limit = limit
        self._failures = 0
        self._probe_at = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the server counts as away."""
        return self._failures >= self._limit

    def admits(self) -> bool:
        """Whether an attempt may be made now; while open, one per `probe_every`, and asking takes
        the turn.
        """
        if not self.is_open:
            return True
        if self._clock() < self._probe_at:
            return False
        self._put_off()
        return True

    def failed(self) -> None:
        """A connection could not be made."""
        self._failures += 1
        if self._failures == self._limit:
            self._put_off()

    def connected(self) -> None:
        """A connection stands: the server is there."""
        self._failures = 0

    def _put_off(self) -> None:
        self._probe_at = self._clock() + self.probe_every.total_seconds()
