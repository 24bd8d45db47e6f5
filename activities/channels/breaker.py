"""A breaker per process: a server that is away is not asked by every message."""

from collections.abc import Callable
from datetime import timedelta

MonotonicClock = Callable[[], float]


class ConnectionBreaker:
    """Opens after `limit` connection failures in a row, closes with the first connection on which
    the server serves us.
    """

    def __init__(
        self,
        clock: MonotonicClock,
        *,
        limit: int = 5,
        probe_every: timedelta = timedelta(seconds=5),
        login_every: timedelta = timedelta(seconds=15),
    ) -> None:
        """`clock` counts seconds and never goes back (`time.monotonic`). A server that refuses our
        login is asked every `login_every` only: some lock an account that errs too often.
        """
        self.probe_every = probe_every
        self._login_every = login_every
        self._clock = clock
        self._limit = limit
        self._failures = 0
        self._probe_at = 0.0
        self._needs_a_person = False

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

    def failed(self, *, needs_a_person: bool = False) -> None:
        """A connection could not be made, or is of no use: the server is there, and a person has to
        mend login or certificate.
        """
        self._failures += 1
        self._needs_a_person = needs_a_person
        if self._failures == self._limit:
            self._put_off()

    def connected(self) -> None:
        """A connection stands, and the server takes our letters on it."""
        self._failures = 0

    def _put_off(self) -> None:
        pause = self._login_every if self._needs_a_person else self.probe_every
        self._probe_at = self._clock() + pause.total_seconds()
