"""How the database of an installation is: its version, its clock, its sessions and its tables."""

from psycopg import AsyncConnection, ProgrammingError
from psycopg.conninfo import conninfo_to_dict
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
# Older tables have no such column.
_REFOLDED = """
select to_jsonb(a) ->> 'refolded' from activations a where to_jsonb(a) ->> 'refolded' is not null
order by number limit 1
"""
_NAMING = "select naming_fingerprint from installation"


async def health_of(url: str) -> DatabaseHealth:
    """Looks at a database; raises `psycopg.OperationalError` where it does not answer, and
    `psycopg.ProgrammingError` where the URL is no address, whose text may show a password.
    """
    _check_address(url)
    async with await AsyncConnection.connect(
        url, autocommit=True, connect_timeout=_SECONDS, application_name="purna doctor"
    ) as connection:
        await connection.execute("set statement_timeout = '5s'")
        row = await (await connection.execute(_SERVER)).fetchone()
        assert row is not None
        tables = await _only(connection, _TABLES)
        revision = await _only(connection, _ACTIVE)
        naming = await _only(connection, _NAMING)
        refolded = await _only(connection, _REFOLDED)
        version, now, most, sessions = row
        return DatabaseHealth(
            version, now, most, sessions, tables, newest_tables(), revision, naming, refolded
        )


def _check_address(url: str) -> None:
    """A sign that is not escaped in a password makes its tail the name of a host or a database;
    what the driver says about those would show it.
    """
    address = conninfo_to_dict(url)
    names = (str(address.get(part) or "") for part in ("host", "dbname"))
    ports = str(address.get("port") or "").split(",")
    if any("@" in name for name in names) or not all(port.isdigit() for port in ports if port):
        raise ProgrammingError("a sign of the password is not escaped")


async def _only(connection: AsyncConnection, query: str) -> str | None:
    try:
        row = await (await connection.execute(query.encode())).fetchone()
    except UndefinedTable:
        return None
    return str(row[0]) if row else None
