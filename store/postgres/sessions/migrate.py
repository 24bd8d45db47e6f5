"""Brings a database up to the tables this program knows."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from store.postgres.migrations.newest import newest_tables

# Any constant: whoever migrates holds this lock, so that two processes that start at once do it one
# after the other.
_LOCK = 7_237_489_112


def migrate(url: str, to: str = "head") -> bool:
    """Run every pending migration in one transaction, up to the newest one or the one that is
    named; returns at once if there is none. Raises OperationalError.

    Returns whether the tables are those that this program knows; newer ones, made by a newer
    program, are left as they are.
    """
    config = _config()
    engine = create_engine("postgresql+psycopg://" + url.partition("://")[2], poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        tables = MigrationContext.configure(connection).get_current_revision()
        if tables is not None and tables > newest_tables():
            return False
        config.attributes["connection"] = connection
        command.upgrade(config, to)
    return True


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent.parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config
