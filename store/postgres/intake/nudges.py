"""Nudges: which journeys have news to read. Only a decision takes one away; the relay repeats them
until then.
"""

from dataclasses import dataclass

from engine.facts.naming import Naming
from store.postgres.intake.recall import begin, recall_pages
from store.postgres.intake.spread import spread_pages
from store.postgres.sessions.pool import Pool
from store.postgres.sessions.transactions import repeated, transaction

# What these journeys have to see to is no event of their log. Here as everywhere nudges are written
# in the order of their journeys: two who write the same ones must not wait for each other.
NUDGE = """
insert into nudges (journey, seq)
select journey, cursor from journeys where journey = any(%s) order by journey
on conflict (journey) do update set not_before_db = now(), tries = 0
"""
# What has been nudged so often without a decision will not be helped by one more.
GIVES_UP_AFTER = 20
_SWEEPER = 7_237_489_113
# Of what is left by a process that died while it published, or while it recalled journeys.
_PAGES_OF_A_SWEEP = 20

# Journeys that have been nudged and are expected to decide soon. While there are so many, new ones
# wait here: Temporal would only be busy with repeated nudges of those it has not come to. What has
# been nudged more than three times (35 s) is stuck and holds up nobody.
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
    tries = n.tries + 1
from due where n.journey = due.journey
returning n.journey
"""
# A call that failed says nothing about the journey: it does not count as a try.
_FAILED = """
update nudges set tries = greatest(tries - 1, 0),
    not_before_db = now() + least(0.5 * greatest(tries, 1), 5) * interval '1 second'
where journey = %s
"""
_GIVE_UP = """
with stuck as (delete from nudges where tries > %(gives_up_after)s returning journey)
insert into quarantine (source, id, error)
select 'journey', journey, format('nudged %%s times without a decision', %(gives_up_after)s::int)
from stuck
"""
_ALONE = "select pg_try_advisory_xact_lock(%s)"
# Journeys that somebody should have woken: overdue, with an effect nobody touches, a held message
# nobody waits for, or news behind the cursor.
_SWEEP = """
insert into nudges (journey, seq)
select journey, cursor from journeys where not ended and wake_at < now() - interval '1 minute'
union
select j.journey, j.cursor from effects e join journeys j using (journey)
where e.state in ('wanted', 'claimed', 'data', 'held')
    and e.touched_db < now() - interval '2 minutes'
    and (e.state <> 'held'
        or e.held_until is not null
            and (j.ended or j.wake_at is null or j.wake_at > e.held_until))
union
select j.journey, j.cursor
from (select subject, seq from events where wakes order by pos desc limit 5000) e
    join journeys j using (subject)
where e.seq > j.cursor and j.touched_db < now() - interval '1 minute'
order by journey
on conflict do nothing
returning journey
"""


@dataclass(frozen=True, slots=True)
class PostgresNudges:
    """The nudges of a database; `store.ports.Nudges`."""

    pool: Pool
    naming: Naming

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
        """Temporal was not reached: try again in at most 5 s."""
        async with self.pool.connection() as connection:
            await connection.execute(_FAILED, (journey,))

    async def sweep(self) -> int:
        """Nudge every journey that was forgotten, and whom a revision concerns, and give up on
        those that never decide. Returns how many were forgotten.

        Does nothing about those while another process sweeps.
        """
        forgotten = await repeated(self._sweep)
        await spread_pages(self.pool, self.naming, _PAGES_OF_A_SWEEP)
        return forgotten + await recall_pages(self.pool, _PAGES_OF_A_SWEEP)

    async def recall(self, cluster: str) -> int:
        """Nudge every journey that has not ended, since this Temporal has forgotten it. Returns
        how many.

        Where another process does it already, it is left to that one.
        """
        await begin(self.pool, cluster)
        return await recall_pages(self.pool)

    async def _sweep(self) -> int:
        async with transaction(self.pool) as connection:
            alone = await connection.row(_ALONE, (_SWEEPER,))
            if not alone or not alone[0]:
                return 0
            await connection.execute(_GIVE_UP, {"gives_up_after": GIVES_UP_AFTER})
            return len(await connection.rows(_SWEEP))
