"""Who is, or was, read at which address."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime

from psycopg.types.json import Jsonb

from engine.catalog.values import instant
from engine.facts.contacts.readers import AddressHeld
from store.postgres.sessions.pool import Connection

_ADDRESSES = """
insert into addresses (shop, address, customer_subject, until)
select * from jsonb_to_recordset(%s)
    as n(shop text, address text, customer_subject text, until timestamptz)
on conflict (shop, address, customer_subject) do update set until = excluded.until
"""
_BESIDE = """
select o.shop, o.address, o.customer_subject, o.until::text
from addresses mine join addresses o using (shop, address)
where mine.customer_subject = any(%s) and mine.until is null
order by o.customer_subject
"""
# Until when customers have, or had, an address of a shop.
AddressHolders = dict[tuple[str, str], dict[str, str | None]]


async def held_beside(connection: Connection, customers: AbstractSet[str]) -> AddressHolders:
    """Who has, or had, the addresses that these customers have."""
    return held_in(await connection.rows(_BESIDE, (sorted(customers),))) if customers else {}


def held_in(rows: Sequence[Sequence[str]]) -> AddressHolders:
    """Who has, or had, each address, and until when."""
    found: AddressHolders = defaultdict(dict)
    for shop, address, customer, until in rows:
        found[shop, address][customer] = instant(datetime.fromisoformat(until)) if until else None
    return found


async def hold(connection: Connection, addresses: Mapping[AddressHeld, str | None]) -> None:
    """Note until when customers have addresses, None for as long as is known."""
    columns = ("shop", "address", "customer_subject")
    rows = [
        {**dict(zip(columns, held, strict=True)), "until": until}
        for held, until in sorted(addresses.items())
    ]
    if rows:
        await connection.execute(_ADDRESSES, (Jsonb(rows),))
