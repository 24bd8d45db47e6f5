"""The one row about the whole installation: by which secret its database names customers."""

from psycopg import AsyncConnection
from psycopg.errors import UndefinedTable

from engine.facts.naming import Naming

_SECONDS = 5
# What decides where nobody has noted it yet: how customers' journeys are named already.
_NAMED = """
select subject, journey from journeys
where journey >= 'customer:' and journey < 'customer;' order by journey limit 20
"""
_NOTE = "insert into installation (naming_fingerprint) values (%s) on conflict do nothing"
_NOTED = "select naming_fingerprint from installation"


class OtherNaming(Exception):
    """The database was begun with another secret: under this one every customer would be
    unknown.
    """


async def claim_naming(url: str, naming: Naming) -> bool:
    """Note how this database names customers, or find that it is noted so already; False where it
    has no table for that yet.

    Raises `OtherNaming`, and `psycopg.OperationalError` while the database is away.
    """
    async with await AsyncConnection.connect(
        url, autocommit=True, connect_timeout=_SECONDS, application_name="purna start"
    ) as connection:
        await connection.execute(f"set statement_timeout = '{_SECONDS}s'".encode())
        try:
            noted = await _noted(connection)
            if noted is None:
                await _note(connection, naming)
                noted = await _noted(connection)
        except UndefinedTable:
            return False
    if noted != naming.fingerprint:
        raise OtherNaming
    return True


async def _noted(connection: AsyncConnection) -> str | None:
    row = await (await connection.execute(_NOTED)).fetchone()
    return str(row[0]) if row else None


async def _note(connection: AsyncConnection, naming: Naming) -> None:
    """A database of before there was such a note may have customers; one of them is enough, for
    what was written under a wrong secret may stand beside them.
    """
    named = await (await connection.execute(_NAMED)).fetchall()
    if named and not any(naming.journey(subject) == journey for subject, journey in named):
        raise OtherNaming
    await connection.execute(_NOTE, (naming.fingerprint,))
