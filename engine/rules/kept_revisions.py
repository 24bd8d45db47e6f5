"""What was made of revisions, kept for those that were used latest."""

from typing import Generic, TypeVar

# Journeys hold fast to few revisions at once. Whoever meets more makes anew what it has not used
# for longest, so that a year of publishing does not fill the memory.
MOST = 32
T = TypeVar("T")


class KeptRevisions(Generic[T]):
    """At most `MOST`, by the name of the revision."""

    def __init__(self) -> None:
        self._kept: dict[str, T] = {}

    def get(self, revision: str) -> T | None:
        """What was made of it, which counts as used now; None if that is not kept."""
        if (made := self._kept.pop(revision, None)) is not None:
            self._kept[revision] = made
        return made

    def keep(self, revision: str, made: T) -> T:
        """Keep this; what was not used for longest goes."""
        self._kept.pop(revision, None)
        self._kept[revision] = made
        while len(self._kept) > MOST:
            del self._kept[next(iter(self._kept))]
        return made
