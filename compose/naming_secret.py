"""Whether a process names customers by the secret that its database was begun with."""

from engine.facts.naming import Naming
from operations.health import OldTables
from process.settings import MissingSetting
from store.postgres.installation import OtherNaming, claim_naming


async def check_naming(database_url: str, naming: Naming, origin: str) -> None:
    """Nobody starts or publishes under another secret: every customer would be a second one.

    `origin` says where the secret comes from. Raises `MissingSetting` with what to do, `OldTables`
    before the tables are there, and `psycopg.OperationalError` while the database is away.
    """
    try:
        if not await claim_naming(database_url, naming):
            raise OldTables
    except OtherNaming:
        raise MissingSetting(
            f"{origin} is not the secret by which this database names its customers: put back the"
            " one that it was begun with (the last one of PURNA_SECRET, or PURNA_NAMING_SECRET), or"
            " take an empty database."
        ) from None
