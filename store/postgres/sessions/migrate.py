"""Brings a database up to the tables this program knows."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

# Any constant: whoever migrates holds this lock, so that two processes that start at once do it one
# after the other.
_LOCK = 7_237_489_112


def migrate(url: str, to: str = "head") -> None:
    """Run every pending migration in one transaction, up to the newest one or the one that is
    named; returns at once if there is none. Raises OperationalError.
    """
    config = _config()
    engine = create_engine("postgresql+psycopg://" + url.partition("://")[2], poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, to)


def newest_tables() -> str:
    """The last migration this program knows."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    assert newest is not None
    return newest


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent.parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config
