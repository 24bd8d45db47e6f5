"""What is kept of people: found by their own id, given to them, or blanked for ever."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.facts.naming import Naming
from store.postgres.inquiries.erasure import erase, rewrite
from store.postgres.inquiries.export import customers, export
from store.postgres.rulesets import RulesetCache
from store.postgres.sessions.pool import Pool
from store.postgres.sessions.transactions import repeated
from store.records.answers import AddressHolder, Erased

# Of somebody with many orders some are enough to find the others by. A customer who was merged is
# found by the one they are now.
_AT_ADDRESS = """
select coalesce(s.merged_into, s.id), a.until, array(
    select o.id from subjects o where o.customer = coalesce(s.merged_into, s.id)
    order by o.facts #>> '{happened,order.placed,0}' desc nulls last, o.id limit 10)
from addresses a join subjects s on s.id = a.customer_subject
where a.address = %s and s.erased_at is null
order by a.until desc nulls first, 1 limit 100
"""


@dataclass(frozen=True, slots=True)
class PostgresCustomers:
    """The customers of a database; `store.ports.Customers`."""

    pool: Pool
    compiled: RulesetCache
    naming: Naming

    async def with_id(self, own_id: str) -> list[str]:
        """The subject ids of the customers who have this id in their shop."""
        return await customers(self.pool, own_id)

    async def at_address(self, address: str) -> list[AddressHolder]:
        """Who has, or had, an address as `same_reader` spells it, whoever has it now first."""
        async with self.pool.connection() as connection:
            rows = await connection.rows(_AT_ADDRESS, (address,))
        return [AddressHolder(customer, until, tuple(orders)) for customer, until, orders in rows]

    async def export(self, customer: str) -> dict[str, Any]:
        """Everything known of a customer (a subject id), as JSON; KeyError if that is nothing."""
        return await export(self.pool, customer)

    async def erase(self, customer: str, now: datetime) -> Erased:
        """Blank everything ever stated of a customer (a subject id); KeyError if nothing is known
        of them.
        """
        return await repeated(lambda: erase(self.pool, self.compiled, self.naming, customer, now))

    async def rewrite(self) -> bool:
        """Rewrite the tables in which something was erased; False if one of them was in use all the
        time.
        """
        return await rewrite(self.pool)
