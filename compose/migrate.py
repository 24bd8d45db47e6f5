"""Migrating: the tables of a database are brought up to date."""

import asyncio
from dataclasses import dataclass
from typing import Any

from store.postgres.sessions.migrate import migrate as migrate_tables


@dataclass(frozen=True, slots=True)
class MigratedTables:
    """The tables are those this program needs, or those of a newer one, which it can use."""

    are_newer: bool = False

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        return {"tables": "newer than this program knows" if self.are_newer else "up to date"}


async def migrate(database_url: str) -> MigratedTables:
    """Bring the tables of the database at this address up to date; newer ones are left as they
    are.
    """
    are_known = await asyncio.to_thread(migrate_tables, database_url)
    return MigratedTables(are_newer=not are_known)
