"""The recall: every journey of a Temporal that forgot them all is nudged, a page at a time.

A row stands for each Temporal (its cluster's id) for which it is under way, and notes how far it
has come, so that the sweep goes on where a process that began it has died.
"""

from store.postgres.sessions.pool import Pool
from store.postgres.sessions.transactions import repeated, transaction

PAGE = 2000
_BEGIN = "insert into recalls (cluster) values (%s) on conflict do nothing"
_NEXT = "select cluster, reached from recalls order by cluster limit 1 for update skip locked"
# Pages count those that have ended too: how many lie between two that have not is unknown.
_NUDGE = """
with page as (
    select journey, cursor, ended from journeys where journey > %s order by journey limit %s
), nudged as (
    insert into nudges (journey, seq)
    select journey, cursor from page where not ended order by journey
    on conflict do nothing returning journey
)
select (select count(*) from nudged), count(*), max(journey) from page
"""
_GONE_ON = "update recalls set reached = %s where cluster = %s"
_DONE = "delete from recalls where cluster = %s"


async def begin(pool: Pool, cluster: str) -> None:
    """Note that this Temporal knows none of its journeys; one whose recall is under way goes on
    where it is.
    """
    async with pool.connection() as connection:
        await connection.execute(_BEGIN, (cluster,))


async def recall(pool: Pool) -> int | None:
    """Nudge the next page of journeys, but those that have ended, and how many of them were not
    nudged already.

    None if nothing is left to do, or another process does it.
    """
    async with transaction(pool) as connection:
        row = await connection.row(_NEXT)
        if row is None:
            return None
        cluster, reached = row
        page = await connection.row(_NUDGE, (reached, PAGE))
        assert page is not None, "an aggregate has a row"
        nudged, seen, last = page
        if seen == PAGE:
            await connection.execute(_GONE_ON, (last, cluster))
        else:
            await connection.execute(_DONE, (cluster,))
    return int(nudged)


async def recall_pages(pool: Pool, pages: int | None = None) -> int:
    """Nudge whom Temporal has forgotten: all of them, or so many pages. Returns how many."""
    found = 0
    while pages != 0 and (page := await repeated(lambda: recall(pool))) is not None:
        found, pages = found + page, None if pages is None else pages - 1
    return found
