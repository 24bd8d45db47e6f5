"""Who is, or was, read at which address."""

from collections.abc import Mapping

from psycopg.types.json import Jsonb

from engine.facts.contacts.readers import AddressHeld
from store.postgres.sessions.pool import Connection

_ADDRESSES = """
insert into addresses (shop, address, customer_subject, until)
select * from jsonb_to_recordset(%s)
    as n(shop text, address text, customer_subject text, until timestamptz)
on conflict (shop, address, customer_subject) do update set until = excluded.until
"""


async def hold(connection: Connection, addresses: Mapping[AddressHeld, str | None]) -> None:
    """Note until when customers have addresses, None for as long as is known."""
    columns = ("shop", "address", "customer_subject")
    rows = [
        {**dict(zip(columns, held, strict=True)), "until": until}
        for held, until in sorted(addresses.items())
    ]
    if rows:
        await connection.execute(_ADDRESSES, (Jsonb(rows),))
