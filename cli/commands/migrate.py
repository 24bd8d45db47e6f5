"""`purna migrate`: the tables of a database are brought up to date."""

import asyncio

from cli import asking
from cli.options import HOME, AsJson, Home, show_figures


def migrate(home: Home = HOME, as_json: AsJson = False) -> None:
    """Bring the tables of PURNA_DATABASE_URL, or of the purna that runs here, up to date."""
    show_figures(asyncio.run(asking.migrate_tables(home)), as_json=as_json)
