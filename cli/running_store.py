"""The store that a command works with: that of the environment, or of the purna that runs here."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import structlog

from compose.naming_secret import check_naming
from compose.store import is_address, naming_of, store_at
from engine.rules.ruleset import Ruleset
from local.embedded.address import DATABASE, Running
from local.embedded.keys import (
    SECRET,
    NamingKey,
    kept_naming,
    not_of_the_home,
    set_naming,
)
from local.environment import environment
from operations.cannot_run import CannotRun
from operations.health import OldTables
from operations.revisions.stored_revision import stored_revision
from operations.stores import Store


@asynccontextmanager
async def store_here(home: Path) -> AsyncIterator[Store]:
    """The store, for the length of a block; `MissingSetting` where its database was begun under
    another secret.
    """
    if not structlog.is_configured():  # stdout is for the answer alone
        structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))
    url, naming = database_of(home), _naming(home)
    with suppress(OldTables):  # the first question tells
        await check_naming(url, naming_of(naming.secret), naming.origin)
    async with store_at(url, naming.secret) as store:
        yield store


async def stored_rules(home: Path, revision: str) -> Ruleset:
    """A revision that was published to this store."""
    async with store_here(home) as store:
        return await stored_revision(store, revision)


def database_of(home: Path) -> str:
    """The database of the environment, else that of the purna which runs here."""
    url = environment().get(DATABASE)
    if url and not is_address(url):
        raise CannotRun(
            "PURNA_DATABASE_URL is no address of a database,"
            " such as postgresql://name@host/database"
        )
    return url or Running.load(home).database_url


def _naming(home: Path) -> NamingKey:
    """The secret that names its journeys; a new one would name others."""
    told = environment()
    if found := set_naming(told):
        return found
    if told.get(DATABASE) or not Running.load(home).database_embedded:
        raise CannotRun(not_of_the_home(home, [SECRET]))
    return kept_naming(home)
