"""Published rulesets as records: which revision was made the active one, and why one cannot be."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Activation:
    """When a revision became the active one, by whom and why; `is_rollback` if somebody went back
    to it, `moves_waits` if what waited moves to the moments that its lines of `when` give it.
    """

    revision: str
    author: str
    reason: str
    at: datetime
    is_rollback: bool = False
    moves_waits: bool = False


class Superseded(Exception):
    """Another revision is active by now than the one that was to be replaced: this one, None if
    there is none.
    """

    def __init__(self, active: str | None) -> None:
        super().__init__(f"{active} is active by now")
        self.active = active


class NoRuleset(LookupError):
    """Nothing has been published yet."""


class TooOld(Exception):
    """The rules are written in a newer language than this program reads."""
