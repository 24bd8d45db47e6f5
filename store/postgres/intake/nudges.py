"""Nudges: which journeys have news to read. Only a decision takes one away; the relay repeats them
until then.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from psycopg import DatabaseError

from engine.facts.naming import Naming
from engine.sending.ledger import LEASE
from store.ports import Contended
from store.postgres.intake.recall import begin, recall_pages
from store.postgres.intake.spread import spread_pages
from store.postgres.intake.sweep import GIVES_UP_AFTER, Sweeper, code_of
from store.postgres.refold import refold_pages
from store.postgres.rulesets import RulesetCache
from store.postgres.sessions.pool import Pool
from store.records.swept import Swept

# What these journeys have to see to is no event of their log. Here as everywhere nudges are written
# in the order of their journeys: two who write the same ones must not wait for each other.
NUDGE = """
insert into nudges (journey, seq)
select journey, cursor from journeys where journey = any(%s) order by journey
on conflict (journey) do update set not_before_db = now(), tries = 0
"""
# Of what is left by a process that died while it published, or while it recalled journeys.
_PAGES_OF_A_SWEEP = 20
_log = structlog.get_logger("purna.sweep")

# Journeys that have been nudged and are expected to decide soon. While there are so many, new ones
# wait here: Temporal would only be busy with repeated nudges of those it has not come to. What has
# been nudged more than three times (35 s) is stuck and holds up nobody. While nobody decides at
# all, tries beyond those say nothing about a journey and are not counted.
_UNDER_WAY = 200
_TAKE = """
with under_way as (
    select count(*) as journeys from nudges where tries between 1 and 3
), again as (
    select journey from nudges
    where not_before_db <= now() and tries between 1 and %(gives_up_after)s
    order by not_before_db limit %(limit)s for update skip locked
), fresh as (
    select journey from nudges where not_before_db <= now() and tries = 0
    order by not_before_db
    limit (select least(%(limit)s, greatest(%(under_way)s - journeys, 0)) from under_way)
    for update skip locked
), due as (
    select journey from again union all select journey from fresh
)
update nudges n
set not_before_db = now() + least(5 * power(2, n.tries), 60) * interval '1 second',
    tries = case when exists (
            select from deciding
            where last_db between now() - interval '1 minute' and now() + interval '1 minute')
        then n.tries + 1 else greatest(n.tries, least(n.tries + 1, 4)) end
from due where n.journey = due.journey
returning n.journey
"""
# A call that failed says nothing about the journey: it does not count as a try.
_FAILED = """
update nudges set tries = greatest(tries - 1, 0), failures = failures + 1,
    not_before_db = now() + least(0.5 * power(2, least(failures, 10)), 5) * interval '1 second'
where journey = %s
"""
_REFUSED = """
with refused as (delete from nudges where journey = %(journey)s returning journey), known as (
    update quarantine q set since_db = now() from refused
    where q.source = 'journey' and q.seq is null and q.id = refused.journey collate "default"
    returning q.id
)
insert into quarantine (source, id, error)
select 'journey', journey, %(why)s from refused where journey not in (select id from known)
"""


@dataclass(frozen=True, slots=True)
class PostgresNudges:
    """The nudges of a database; `store.ports.Nudges`."""

    pool: Pool
    compiled: RulesetCache
    naming: Naming
    lease: float = LEASE

    async def take(self, limit: int = 200) -> list[tuple[str, str]]:
        """The journeys to nudge now, with their kind; each comes again after 5 to 60 s until it has
        decided.

        At most `limit` for the first time and as many again; none for the first time while too many
        are under way.
        """
        asked = {"limit": limit, "gives_up_after": GIVES_UP_AFTER, "under_way": _UNDER_WAY}
        async with self.pool.connection() as connection:
            rows = await connection.rows(_TAKE, asked)
        return [(journey, str(journey).partition(":")[0]) for (journey,) in rows]

    async def failed(self, journey: str) -> None:
        """Temporal was not reached: try again in 0.5 to 5 s."""
        async with self.pool.connection() as connection:
            await connection.execute(_FAILED, (journey,))

    async def refused(self, journey: str, why: str) -> None:
        """Temporal will never take this nudge: it goes to the quarantine."""
        async with self.pool.connection() as connection:
            await connection.execute(_REFUSED, {"journey": journey, "why": why})

    async def sweep(self) -> Swept:
        """Nudge every journey that was forgotten, and whom a revision concerns, fold anew what it
        keeps elsewhere, and give up on those that never decide while others do.

        Does nothing about those while another process sweeps. Whatever fails is counted, and
        stops nothing else.
        """
        swept = Swept()
        parts: tuple[tuple[str, Callable[[], Awaitable[Swept]]], ...] = (
            ("forgotten journeys", Sweeper(self.pool, self.lease).sweep),
            ("refold", self._refold),
            ("spread", self._spread),
            ("recall", self._recall),
        )
        for name, part in parts:
            try:
                done = await part()
            except (Contended, DatabaseError) as error:
                done = Swept(failed=1)
                _log.warning("a part of the sweep failed", part=name, error=code_of(error))
            swept.nudged, swept.failed = swept.nudged + done.nudged, swept.failed + done.failed
        return swept

    async def _refold(self) -> Swept:
        await refold_pages(self.pool, self.compiled, _PAGES_OF_A_SWEEP)
        return Swept()

    async def _spread(self) -> Swept:
        await spread_pages(self.pool, self.naming, _PAGES_OF_A_SWEEP)
        return Swept()

    async def _recall(self) -> Swept:
        return Swept(nudged=await recall_pages(self.pool, _PAGES_OF_A_SWEEP))

    async def recall(self, cluster: str) -> int:
        """Nudge every journey that has not ended, since this Temporal has forgotten it. Returns
        how many.

        Where another process does it already, it is left to that one.
        """
        await begin(self.pool, cluster)
        return await recall_pages(self.pool)
