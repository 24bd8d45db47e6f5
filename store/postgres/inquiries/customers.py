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
from store.records.answers import Erased


@dataclass(frozen=True, slots=True)
class PostgresCustomers:
    """The customers of a database; `store.ports.Customers`."""

    pool: Pool
    compiled: RulesetCache
    naming: Naming

    async def with_id(self, own_id: str) -> list[str]:
        """The subject ids of the customers who have this id in their shop."""
        return await customers(self.pool, own_id)

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
