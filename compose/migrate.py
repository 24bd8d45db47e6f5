"""Migrating: the tables of a database are brought up to date."""

import asyncio
from dataclasses import dataclass
from typing import Any

from store.postgres.sessions.migrate import migrate as migrate_tables


@dataclass(frozen=True, slots=True)
class MigratedTables:
    """The tables are those this program needs."""

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        return {"tables": "up to date"}


async def migrate(database_url: str) -> MigratedTables:
    """Bring the tables of the database at this address up to date."""
    await asyncio.to_thread(migrate_tables, database_url)
    return MigratedTables()
