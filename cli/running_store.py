"""The store that a command works with: that of the environment, or of the purna that runs here."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from compose.store import is_address, store_at
from engine.rules.ruleset import Ruleset
from local.embedded.address import Running
from local.embedded.keys import Keys
from local.environment import environment
from operations.cannot_run import CannotRun
from operations.revisions.stored_revision import stored_revision
from operations.stores import Store


@asynccontextmanager
async def store_here(home: Path) -> AsyncIterator[Store]:
    """The store, for the length of a block."""
    async with store_at(database_of(home), _secret(home)) as store:
        yield store


async def stored_rules(home: Path, revision: str) -> Ruleset:
    """A revision that was published to this store."""
    async with store_here(home) as store:
        return await stored_revision(store, revision)


def database_of(home: Path) -> str:
    """The database of the environment, else that of the purna which runs here."""
    url = environment().get("PURNA_DATABASE_URL")
    if url and not is_address(url):
        raise CannotRun(
            "PURNA_DATABASE_URL is no address of a database,"
            " such as postgresql://name@host/database"
        )
    return url or Running.load(home).database_url


def _secret(home: Path) -> str:
    """The secret that names its journeys; a new one would name others."""
    if secret := environment().get("PURNA_SECRET"):
        return secret
    file = home / "secrets.json"
    if not file.exists():
        raise CannotRun(
            f"PURNA_SECRET is not set and {file} is missing:"
            " journeys are named with the worker's secret"
        )
    return Keys.at(file).secret
