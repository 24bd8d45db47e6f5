"""How much there is of everything, and how far behind it is, in one look that reads no more than
what is open.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from psycopg.errors import DiskFull, UndefinedTable

from store.postgres.intake.early_events import waiting_since
from store.postgres.journeys.effect_rows import read_state
from store.postgres.migrations.newest import are_new_enough
from store.postgres.sessions.pool import Pool
from store.postgres.sessions.transactions import transaction
from store.records.answers import Gauges, Unplaced

_COUNTS = """
select json_build_object(
    'events', (select count(*) from events),
    'conflicts', (select coalesce(sum(conflicts), 0) from events),
    'journeys', (select count(*) from journeys where not ended),
    'waits', (select count(*) from waits),
    'effects', (select coalesce(json_object_agg(state, n), '{}')
                from (select state, count(*) n from effects group by state) s),
    'open', (select count(*) from effects where state in ('wanted', 'claimed', 'data')),
    'decisions', (select count(*) from decisions),
    'suppressions', (select count(*) from suppressions),
    'nudges', (select count(*) from nudges),
    'quarantine', (select count(*) from quarantine),
    'unplaced', (select count(distinct (shop, source, id)) from unplaced)
)
"""
_HAS_EVENTS = "select exists (select from events)"
# A message that was held a moment ago is not seen to before its journey has noted when to ask
# again.
_IDLE = """
select not exists (select 1 from nudges)
    and not exists (select 1 from effects where state in ('wanted', 'claimed', 'data'))
    and not exists (
        select 1 from effects join journeys using (journey)
        where state = 'held'
            and (wake_at is null and held_until is not null or wake_at > held_until))
"""
# Of very many nudges those are looked at that have waited longest.
_GAUGES = """
select
    (select count(*) from nudges),
    coalesce((select extract(epoch from now() - min(e.known_at))
              from (
                  (select journey from nudges where tries = 0 order by not_before_db limit 500)
                  union all
                  (select journey from nudges where tries > 0 order by not_before_db limit 500)
              ) n join journeys j using (journey)
              cross join lateral (
                  select known_at from events where subject = j.subject and seq > j.cursor
                  order by seq limit 1) e), 0),
    coalesce((select extract(epoch from now() - min(wake_at))
              from journeys where not ended and wake_at < now()), 0),
    (select coalesce(json_object_agg(state, n), '{}') from (
        select state, count(*) n from effects
        where state in ('wanted', 'claimed', 'data', 'held') group by state) s),
    (select count(*) from effects where state = 'uncertain'),
    (select count(*) from quarantine),
    (select count(distinct (shop, source, id)) from unplaced)
"""
# So many rows do not fit into the least of memory and go through a file on the database's disk.
_LITTLE_MEMORY = "set local work_mem = '64kB'"
_WRITES = """
select current_setting('transaction_read_only') = 'off', count(*) from generate_series(1, 10000)
"""
_TABLES = "select version_num from alembic_version"


@dataclass(frozen=True, slots=True)
class PostgresOverview:
    """How much a database holds; `store.ports.Overview`."""

    pool: Pool

    async def counts(self) -> Mapping[str, Any]:
        """How much there is of everything; effects by state."""
        found: dict[str, Any] = (await self._row(_COUNTS))[0]
        return found | {
            "effects": {read_state(state): number for state, number in found["effects"].items()}
        }

    async def gauges(self) -> Gauges:
        """How far behind everything is now, by the database's clock."""
        row = await self._row(_GAUGES)
        states: dict[str, int] = {read_state(state): number for state, number in row[3].items()}
        return Gauges(row[0], max(float(row[1]), 0.0), max(float(row[2]), 0.0), states, *row[4:])

    async def has_needed_tables(self) -> bool:
        """Whether the tables are those that this program needs, or newer ones."""
        try:
            return are_new_enough((await self._row(_TABLES))[0])
        except UndefinedTable:
            return False

    async def takes_writes(self) -> bool:
        """Whether anything can be stored now: it is not read-only, and its disk is not full."""
        try:
            async with transaction(self.pool) as connection:
                await connection.execute(_LITTLE_MEMORY)
                row = await connection.row(_WRITES)
        except DiskFull:
            return False
        return row is not None and bool(row[0])

    async def has_events(self) -> bool:
        """Whether anything has happened."""
        return bool((await self._row(_HAS_EVENTS))[0])

    async def unplaced(self, before: datetime) -> list[Unplaced]:
        """What has waited since before a moment until somebody tells of it, the oldest first."""
        async with self.pool.connection() as connection:
            return await waiting_since(connection, before)

    async def idle(self) -> bool:
        """Whether no journey has news to read and no effect is open."""
        return bool((await self._row(_IDLE))[0])

    async def _row(self, query: LiteralString) -> tuple[Any, ...]:
        async with self.pool.connection() as connection:
            row = await connection.row(query)
        assert row is not None, "it selects values, not rows"
        return row
