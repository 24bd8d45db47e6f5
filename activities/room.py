"""How many first attempts this worker makes at once inside workflow tasks; all others go through Temporal's queues.

An attempt inside a workflow task costs half as much, but holds up its journey and a place that decisions need too. So
there are few at once, and none while somebody they would wait for is away.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from temporalio import activity

from activities.providers.provider import Provider

_AT_ONCE = 20  # fewer than local activities, so that a slow mail server leaves places to decisions


class Room:
    """The places of one worker process, shared by whoever promises them and whoever takes them."""

    def __init__(self, providers: Collection[Provider]) -> None:
        self._providers, self._taken = providers, 0

    def admits(self, attempts: int) -> bool:
        """Whether so many more may be begun now. They are not reserved: a few too many only wait for each other."""
        is_near = not any(provider.is_away for provider in self._providers)
        return is_near and self._taken + attempts <= _AT_ONCE

    @contextmanager
    def taken(self) -> Iterator[None]:
        """One place, for the length of an attempt inside a workflow task; any other attempt takes none."""
        places = int(activity.info().is_local)
        self._taken += places
        try:
            yield
        finally:
            self._taken -= places
