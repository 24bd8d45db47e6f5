"""How many connections one address, and everybody together, may have open: whoever has said nothing
for longest makes room.
"""

import resource
from collections import Counter, OrderedDict
from contextlib import suppress
from typing import Protocol

# Files that the process needs for anything else: sessions of the database, logs, Temporal.
_OTHER_FILES = 256
_MOST = 4096


class Guest(Protocol):
    """A connection, as its protocol shows it."""

    def hang_up(self) -> None:
        """Close it without a word."""
        ...


class Crowd:
    """The connections of one process: at most `of_one` of an address, `of_all` together.

    Who is connected and has sent no whole request is silent. A newcomer beyond a limit takes the place
    of the one who has been silent for longest; where nobody is silent the newcomer is sent away.
    """

    def __init__(self, of_one: int, of_all: int) -> None:
        self._of_one, self._of_all = of_one, of_all
        self._addresses: dict[Guest, str] = {}
        self._count: Counter[str] = Counter()
        self._silent: OrderedDict[Guest, None] = OrderedDict()
        self._silent_of: dict[str, OrderedDict[Guest, None]] = {}

    def __len__(self) -> int:
        return len(self._addresses)

    def enter(self, guest: Guest, address: str) -> bool:
        """A newcomer, who is silent; False where there is no room."""
        crowded: OrderedDict[Guest, None] | None = None
        if self._count[address] >= self._of_one:
            crowded = self._silent_of.get(address, OrderedDict())
        elif len(self._addresses) >= self._of_all:
            crowded = self._silent
        if crowded is not None and not self._has_made_room(crowded):
            return False
        self._addresses[guest] = address
        self._count[address] += 1
        self.falls_silent(guest)
        return True

    def speaks(self, guest: Guest) -> None:
        """Its request has arrived."""
        if (address := self._addresses.get(guest)) is not None:
            self._silent.pop(guest, None)
            crowd = self._silent_of.get(address)
            if crowd is not None:
                crowd.pop(guest, None)
                if not crowd:
                    del self._silent_of[address]

    def falls_silent(self, guest: Guest) -> None:
        """It has sent no whole request from now on."""
        if (address := self._addresses.get(guest)) is not None:
            self._silent[guest] = None
            self._silent_of.setdefault(address, OrderedDict())[guest] = None

    def leave(self, guest: Guest) -> None:
        """It is gone."""
        self.speaks(guest)
        if (address := self._addresses.pop(guest, None)) is not None:
            self._count[address] -= 1
            if not self._count[address]:
                del self._count[address]

    def _has_made_room(self, crowded: OrderedDict[Guest, None]) -> bool:
        longest = next(iter(crowded), None)
        if longest is None:
            return False
        self.leave(longest)
        longest.hang_up()
        return True


def make_room() -> int:
    """Let this process open as many files as it may want, as far as the system allows it; how many
    connections it can have.
    """
    wanted = _MOST + _OTHER_FILES
    usual, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = wanted if most == resource.RLIM_INFINITY else min(most, wanted)
    if usual != resource.RLIM_INFINITY and usual < allowed:
        with suppress(ValueError, OSError):  # some systems allow less than they say
            resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, most))
            usual = allowed
    files = wanted if usual == resource.RLIM_INFINITY else usual
    return max(min(_MOST, files - _OTHER_FILES), _OTHER_FILES)
