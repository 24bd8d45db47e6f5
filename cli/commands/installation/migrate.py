"""`purna migrate`: the tables of a database are brought up to date."""

import asyncio

from cli.options import HOME, AsJson, Home, show_figures
from cli.running_store import database_of
from compose import migrate as migrating


def migrate(home: Home = HOME, as_json: AsJson = False) -> None:
    """Bring the tables of PURNA_DATABASE_URL, or of the purna that runs here, up to date."""
    migrated = asyncio.run(migrating.migrate(database_of(home)))
    show_figures(migrated.to_json(), as_json=as_json)
