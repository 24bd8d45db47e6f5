"""What came back from an address, and its revival."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from engine.facts.contacts.addresses import same_reader
from engine.facts.contacts.bounces import Bounce, revival
from store.postgres.sessions.pool import Connection, Pool
from store.postgres.sessions.transactions import transaction

# An older worker, beside this one during a rollout, writes hard bounces to `dead_addresses`.
_OF_ADDRESS = """
select kind, at, text from bounces where address = %(address)s
union
select 'hard', since, reason from dead_addresses where read_at(address) = %(address)s
order by at, kind
"""
_ADD = """
insert into bounces (address, at, kind, text) values (%s, %s, %s, %s) on conflict do nothing
"""


@dataclass(frozen=True, slots=True)
class PostgresAddresses:
    """The addresses of a database; `store.ports.Addresses`."""

    pool: Pool

    async def bounces(self, address: str) -> list[Bounce]:
        """What came back from an address, the oldest first, and when it was revived."""
        async with self.pool.connection() as connection:
            return await _bounces(connection, address)

    async def came_back(self, bounce: Bounce) -> None:
        """Note what came back from an address; the same told twice is one."""
        async with transaction(self.pool) as connection:
            await add_bounces(connection, [bounce])

    async def revive(self, address: str, now: datetime) -> None:
        """An address may be used again, whatever came back from it until now."""
        async with transaction(self.pool) as connection:
            known = await _bounces(connection, address)
            await add_bounces(connection, [revival(address, known, now)])


async def _bounces(connection: Connection, address: str) -> list[Bounce]:
    spelled = same_reader(address)
    rows = await connection.rows(_OF_ADDRESS, {"address": spelled})
    return [Bounce(spelled, kind, at, text) for kind, at, text in rows]


async def add_bounces(connection: Connection, bounces: Iterable[Bounce]) -> None:
    """Note what came back; the same bounce told twice is one."""
    for bounce in bounces:
        await connection.execute(_ADD, (bounce.address, bounce.at, bounce.kind, bounce.text))
