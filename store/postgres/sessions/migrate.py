"""Brings a database up to the tables this program knows."""

from pathlib import Path
from time import sleep

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from psycopg.errors import DeadlockDetected, LockNotAvailable
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from store.postgres.migrations.newest import newest_tables

# Any constant: whoever migrates holds this lock, so that two processes that start at once do it one
# after the other.
_LOCK = 7_237_489_112
# Whoever comes while a migration waits for a table waits behind it: it soon steps aside, lets them
# pass, and tries again.
_ASIDE = "set local lock_timeout = '1s'"
_TRIES = 60
_PAUSE = 1.0  # seconds


def migrate(url: str, to: str = "head") -> bool:
    """Run every pending migration, each in a transaction of its own, up to the newest one or the
    one that is named; returns at once if there is none. Raises OperationalError, also where
    somebody keeps a table for minutes; what has been migrated by then stays.

    Returns whether the tables are those that this program knows; newer ones, made by a newer
    program, are left as they are.
    """
    engine = create_engine("postgresql+psycopg://" + url.partition("://")[2], poolclass=NullPool)
    last = newest_tables() if to == "head" else to
    with engine.connect() as connection:
        while (tables := _next(connection, last)) is None or tables < last:
            pass
    return tables <= newest_tables()


def _next(connection: Connection, last: str) -> str | None:
    """Run the next migration, unless the last one has been run; at which one the tables are."""
    for _ in range(_TRIES):
        try:
            with connection.begin():
                return _run_next(connection, last)
        except OperationalError as error:
            if not isinstance(error.orig, LockNotAvailable | DeadlockDetected):
                raise
            reason = error
        sleep(_PAUSE)
    raise reason


def _run_next(connection: Connection, last: str) -> str | None:
    connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    context = MigrationContext.configure(connection)
    tables = context.get_current_revision()
    if tables is not None and tables >= last:
        return tables
    connection.execute(text(_ASIDE))
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "+1")
    return context.get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent.parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config
