"""How the database of an installation is: its version, its clock, its sessions and its tables."""

from psycopg import AsyncConnection
from psycopg.errors import UndefinedTable

from store.postgres.migrations.newest import newest_tables
from store.records.database_health import DatabaseHealth

_SECONDS = 5
_SERVER = """
select current_setting('server_version_num')::int, clock_timestamp(),
    current_setting('max_connections')::int,
    (select count(*) from pg_stat_activity where backend_type = 'client backend')
"""
_TABLES = "select version_num from alembic_version"
_ACTIVE = "select revision from activations order by number desc limit 1"


async def health_of(url: str) -> DatabaseHealth:
    """Looks at a database; raises `psycopg.OperationalError` where it does not answer."""
    async with await AsyncConnection.connect(
        url, autocommit=True, connect_timeout=_SECONDS, application_name="purna doctor"
    ) as connection:
        await connection.execute("set statement_timeout = '5s'")
        row = await (await connection.execute(_SERVER)).fetchone()
        assert row is not None
        tables = await _only(connection, _TABLES)
        revision = await _only(connection, _ACTIVE)
        version, now, most, sessions = row
        return DatabaseHealth(version, now, most, sessions, tables, newest_tables(), revision)


async def _only(connection: AsyncConnection, query: str) -> str | None:
    try:
        row = await (await connection.execute(query.encode())).fetchone()
    except UndefinedTable:
        return None
    return str(row[0]) if row else None
