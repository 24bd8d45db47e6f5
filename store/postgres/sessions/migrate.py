"""Brings a database up to the tables this program knows."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg.errors import DeadlockDetected, LockNotAvailable
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from store.postgres.migrations.newest import newest_tables

# Any constant: whoever migrates holds this lock, so that two processes that start at once do it one
# after the other.
_LOCK = 7_237_489_112
_TAKE = "select pg_try_advisory_lock(:lock)"
_LOOK = 0.2  # seconds between two tries
_IS_CUT_OFF = """
select not indisvalid from pg_index where indexrelid = to_regclass(:name)
"""
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
    with engine.connect() as connection, _alone(engine) as beside:
        while (tables := _next(connection, beside, last)) is None or tables < last:
            pass
    return tables <= newest_tables()


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """A session of which each statement is a transaction of its own, while nobody else migrates.

    It waits outside of any transaction: whoever builds an index waits until all of those end.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as session:
        while not session.scalar(text(_TAKE), {"lock": _LOCK}):
            sleep(_LOOK)
        yield session


def _next(connection: Connection, beside: Connection, last: str) -> str | None:
    """Run the next migration, unless the last one has been run; at which one the tables are."""
    for _ in range(_TRIES):
        try:
            _build_indexes(beside, last)
            with connection.begin():
                return _run_next(connection, last)
        except OperationalError as error:
            if not isinstance(error.orig, LockNotAvailable | DeadlockDetected):
                raise
            reason = error
        sleep(_PAUSE)
    raise reason


def _run_next(connection: Connection, last: str) -> str | None:
    context = MigrationContext.configure(connection)
    tables = context.get_current_revision()
    if tables is not None and tables >= last:
        return tables
    connection.execute(text(_ASIDE))
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "+1")
    return context.get_current_revision()


def _build_indexes(session: Connection, last: str) -> None:
    """Build what the next migration needs built before it, while everybody goes on writing. What a
    build that was cut off has left behind is no index, and would stand in its way.
    """
    tables = MigrationContext.configure(session).get_current_revision() or ""
    scripts = ScriptDirectory.from_config(_config()).walk_revisions()
    pending = [one for one in scripts if tables < one.revision <= last]
    if not pending:
        return
    module = min(pending, key=lambda one: one.revision).module
    for name, statement in getattr(module, "INDEXES", ()):
        if session.scalar(text(_IS_CUT_OFF), {"name": name}):
            session.execute(text(f"drop index concurrently {name}"))
        session.execute(text(statement))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent.parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config
