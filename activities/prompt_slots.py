"""How many first attempts this worker makes at once inside workflow tasks; all others go through
Temporal's queues.

An attempt inside a workflow task costs half as much, but holds up its journey and a place that
decisions need too. So there are few at once, and none while somebody they would wait for is away.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from temporalio import activity

from activities.channels.port import Provider

_AT_ONCE = 24  # fewer than local activities, so that a slow mail server leaves places to decisions


class PromptSlots:
    """The places of one worker process, shared by whoever promises them and whoever takes them."""

    def __init__(self, providers: Collection[Provider]) -> None:
        self._providers, self._taken = providers, 0

    def admits(self, attempts: int) -> bool:
        """Whether so many more may be begun now. They are not reserved: what finds no place goes
        the longer way.
        """
        is_near = not any(provider.is_away for provider in self._providers)
        return is_near and self._taken + attempts <= _AT_ONCE

    @contextmanager
    def taken(self) -> Iterator[bool]:
        """One place, for the length of an attempt inside a workflow task; any other attempt needs
        none.

        False where all are taken: more were promised than there is room for, and this one has to
        leave.
        """
        if not activity.info().is_local:
            yield True
        elif self._taken >= _AT_ONCE:
            yield False
        else:
            self._taken += 1
            try:
                yield True
            finally:
                self._taken -= 1
