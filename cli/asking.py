"""Commands that tell a purna that runs: `publish`, `migrate`; and how its store is reached."""

import asyncio
import getpass
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from local.embedded.address import Running
from local.embedded.keys import Keys
from local.environment import environment
from local.parts import store_at
from operations.cannot_run import CannotRun
from operations.check import sound_rules
from store.postgres.sessions.migrate import migrate
from store.postgres.store import PostgresStore


async def publish(home: Path, rules: Path, reason: str) -> dict[str, Any]:
    """Make a folder the active revision; `Findings` if something is wrong with it, and the old one
    stays.

    `reached` tells whether everybody whom it concerns has been nudged already; else the sweep does
    the rest.
    """
    ruleset = sound_rules(rules, datetime.now(UTC).date(), otherwise="nothing was published")
    async with store_here(home) as store:
        changed = await store.publish(ruleset, getpass.getuser(), reason, datetime.now(UTC))
        reached = await store.spread()
    return {
        "revision": ruleset.revision,
        "rules": len(ruleset.rules),
        "changed": changed,
        "reached": reached,
    }


async def migrate_tables(home: Path) -> dict[str, Any]:
    """Bring the tables of a database up to date."""
    await asyncio.to_thread(migrate, _database(home))
    return {"tables": "up to date"}


@asynccontextmanager
async def store_here(home: Path) -> AsyncIterator[PostgresStore]:
    """The store of the environment, or of the purna that runs here."""
    async with store_at(_database(home), _secret(home)) as store:
        yield store


def _database(home: Path) -> str:
    """The database of the environment, else that of the purna which runs here."""
    url = environment().get("PURNA_DATABASE_URL")
    if url and not _is_address(url):
        raise CannotRun(
            "PURNA_DATABASE_URL is no address of a database, such as postgresql://name@host/database"
        )
    return url or Running.load(home).database_url


def _is_address(url: str) -> bool:
    """Whether PostgreSQL would read it as an address; of any other text it would make a database of
    this machine.
    """
    try:
        return url.startswith(("postgresql://", "postgres://")) and bool(conninfo_to_dict(url))
    except ProgrammingError:
        return False


def _secret(home: Path) -> str:
    """The secret that names its journeys; a new one would name others."""
    if secret := environment().get("PURNA_SECRET"):
        return secret
    file = home / "secrets.json"
    if not file.exists():
        raise CannotRun(
            f"PURNA_SECRET is not set and {file} is missing: journeys are named with the worker's secret"
        )
    return Keys.at(file).secret
