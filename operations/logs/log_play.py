"""A log played by the simulator as it is read; nothing of it is kept longer than the
rules need it.
"""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from activities.channels.providers import served
from engine.decisions.decision import Decision
from engine.facts.events import Event, InvalidEvent
from engine.facts.naming import Naming
from engine.rules.ruleset import Ruleset
from engine.simulation.simulator import Hands, Simulator
from operations.cannot_run import CannotRun
from operations.logs.event_log import LogLine
from store.memory.streamed_log import StreamingStore

# Journeys are named alike in every run, so that runs can be compared; nobody outside sees these
# names.
_NAMING = Naming(b"simulation")
# Objects made between two collections; Python's own 700 are those of one event.
_SELDOM = 50_000
# Longer than any wait of the rules; a schedule never ends, so of one only the next month is of
# interest.
_AFTERWARDS, _OF_SCHEDULES = timedelta(days=400), timedelta(days=31)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Run garbage collection rarely during a play: what it frees has no cycles."""
    often = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_SELDOM, *often[1:])
    try:
        yield
    finally:
        gc.set_threshold(*often)
        gc.unfreeze()


class LogPlay:
    """One run of a log under some rules; the clock never goes back, so late news becomes known
    late.
    """

    def __init__(
        self, ruleset: Ruleset, hands: Hands, decided: Callable[[Sequence[Decision]], None]
    ) -> None:
        self._simulator = Simulator(StreamingStore(ruleset, _NAMING, served(), decided), hands)
        self._afterwards = _OF_SCHEDULES if ruleset.by_clock else _AFTERWARDS
        self._now: datetime | None = None

    def play_event(self, event: Event, line: LogLine) -> None:
        """The next event of the log, which becomes known when its line says, else as it happens."""
        known_at = line.known_at or event.occurred_at
        now = self._now = max(self._now or known_at, known_at)
        self._simulator.pass_time(now)
        try:
            self._simulator.accept([event], now)
        except InvalidEvent as invalid:
            raise CannotRun(f"{line.place}: {invalid.reason}") from None

    def end(self) -> None:
        """After the last event whatever still falls due."""
        if self._now is not None:
            self._simulator.pass_time(self._now + self._afterwards, including=True)
