"""How the database of an installation is, as whoever examines it reads it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class DatabaseHealth:
    """`version` such as 170004 for 17.4, `now` by its own clock, `sessions` of at most `most`.

    `tables` is the migration it has and `revision` the active ruleset, None where there is none;
    `newest` is the last migration this program knows. `naming` is the fingerprint of the secret by
    which its customers are named, None before any process has noted it. `refolded_to` is the last
    subject for which what a revision keeps elsewhere was put there, None where nothing is left.
    """

    version: int
    now: datetime
    most: int
    sessions: int
    tables: str | None
    newest: str
    revision: str | None
    naming: str | None = None
    refolded_to: str | None = None
