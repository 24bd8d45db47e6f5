"""Who changes something, why, and when; kept with the change."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Authorship:
    """The author as the system knows them, their reason in their words, and the moment."""

    author: str
    reason: str
    at: datetime
