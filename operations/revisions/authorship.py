"""Who changes something, why, and when; kept with the change."""

from dataclasses import dataclass
from datetime import datetime

from operations.cannot_run import CannotRun

# As whom a start makes a folder of rules the active one: what a person set is told from that.
STARTED_BY, SET_UP_BY = "purna run", "purna resume"
STARTS = frozenset({STARTED_BY, SET_UP_BY})


@dataclass(frozen=True, slots=True)
class Authorship:
    """The author as the system knows them, their reason in their words, and the moment.

    `CannotRun` if they go by the name of a start: the next one would undo what they do.
    """

    author: str
    reason: str
    at: datetime

    def __post_init__(self) -> None:
        if " ".join(self.author.casefold().split()) in STARTS:
            raise CannotRun(
                f"{self.author} is the name under which a start publishes, and the next start"
                " would undo what was done under it: say --by with another name"
            )
