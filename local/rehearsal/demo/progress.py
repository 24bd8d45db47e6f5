"""How far the play of a demo is, for a person who watches."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from engine.catalog.values import instant


@dataclass(slots=True)
class Progress:
    """What has been posted of how much, and what happened last; `show` hears of every step."""

    posted: int = 0
    total: int = 0
    at: datetime | None = None
    last: str = ""
    show: Callable[["Progress"], None] = field(default=lambda _: None)

    def step(self, at: datetime | None, last: str, posted: int = 0) -> None:
        """Something happened at a moment of the play."""
        self.at, self.last, self.posted = at, last, self.posted + posted
        self.show(self)


def spelled(at: datetime | None) -> str:
    """A moment of the play for a person."""
    return instant(at)[:16].replace("T", " ") if at else ""
