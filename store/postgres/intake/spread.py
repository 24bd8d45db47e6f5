"""Nudges after a new revision, to whoever has something new to wait for: a page of subjects at a
time.

The activation notes how far they have come, so that the sweep goes on where a process that
published it has died.
"""

from collections.abc import AsyncIterator, Iterator
from operator import itemgetter
from typing import Any

from psycopg.types.json import Jsonb

from engine.decisions.reach import concerns
from engine.facts.naming import Naming
from engine.facts.state import State
from store.postgres.sessions.pool import Connection, Pool
from store.postgres.sessions.transactions import repeated, transaction
from store.records.log_rows import SubjectRow

PAGE = 500
# Not a kind of subject: every journey in which something waits, where an activation moves that.
WAITS = "waits"
_NEXT = """
select number, kinds[1], reached from activations where kinds <> '{}'
order by number limit 1 for update skip locked
"""
_SUBJECTS = """
select s.id, s.seq, (select j.ended from journeys j where j.subject = s.id),
    case when s.id like 'order:%%' then s.facts end, s.erased_at is not null
from subjects s where s.id > %(after)s and s.id < %(before)s order by s.id limit %(page)s
"""
# The same, locked: as an ingest does, it locks the subjects before it makes journeys and nudges.
_LOCKED_SUBJECTS = """
select s.id, s.seq, (select j.ended from journeys j where j.subject = s.id),
    case when s.id like 'order:%%' then s.facts end, s.erased_at is not null
from subjects s where s.id > %(after)s and s.id < %(before)s order by s.id limit %(page)s
for no key update of s
"""
_NUDGE = """
with named as (
    select * from jsonb_to_recordset(%s) as n(journey text, subject text, seq bigint)
), made as (
    insert into journeys (journey, subject, facts) select journey, subject, %s from named
    on conflict do nothing
)
insert into nudges (journey, seq) select journey, seq from named on conflict do nothing
"""
_WAITING = """
select journey from journeys j where journey > %(after)s
    and exists (select from waits w where w.journey = j.journey)
order by journey limit %(page)s
"""
_NUDGE_WAITING = """
insert into nudges (journey, seq)
select journey, cursor from journeys where journey = any(%s) order by journey
on conflict do nothing
"""
_GONE_ON = "update activations set reached = %s where number = %s"
_DONE = "update activations set kinds = kinds[2:], reached = '' where number = %s"


async def spread(pool: Pool, naming: Naming) -> bool:
    """Nudge the next page of those whom some activation concerns; False if there is nothing left to
    do.
    """
    async with transaction(pool) as connection:
        row = await connection.row(_NEXT)
        if row is None:
            return False
        number, kind, reached = row
        if kind == WAITS:
            page = await connection.rows(_WAITING, {"after": reached, "page": PAGE})
            await connection.execute(_NUDGE_WAITING, ([journey for (journey,) in page],))
        else:
            page = await connection.rows(_LOCKED_SUBJECTS, _page(kind, reached or f"{kind}:"))
            await _nudge(connection, naming, page)
        if len(page) == PAGE:
            await connection.execute(_GONE_ON, (page[-1][0], number))
        else:
            await connection.execute(_DONE, (number,))
    return True


async def spread_pages(pool: Pool, naming: Naming, pages: int | None = None) -> None:
    """Nudge whom a new revision concerns: all of them, or so many pages."""
    while pages != 0 and await repeated(lambda: spread(pool, naming)):
        pages = None if pages is None else pages - 1


async def concerned(pool: Pool, kind: str) -> AsyncIterator[str]:
    """The subjects that an activation would nudge which concerns this kind, to look at
    them only.
    """
    page: list[tuple[Any, ...]] = [(f"{kind}:",)]
    while page:
        async with pool.connection() as connection:
            page = await connection.rows(_SUBJECTS, _page(kind, page[-1][0]))
        for subject in _concerned(page):
            yield subject["subject"]


def _page(kind: str, after: str) -> dict[str, Any]:
    """The next subjects of a kind: their ids begin with it and a colon; a semicolon comes next."""
    return {"after": after, "before": f"{kind};", "page": PAGE}


async def _nudge(connection: Connection, naming: Naming, page: list[tuple[Any, ...]]) -> None:
    rows = [{**one, "journey": naming.journey(one["subject"])} for one in _concerned(page)]
    if rows:
        rows.sort(key=itemgetter("journey"))
        await connection.execute(_NUDGE, (Jsonb(rows), Jsonb(SubjectRow().facts)))


def _concerned(page: list[tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    for subject, seq, ended, facts, erased in page:
        if not erased and _is_concerned(subject, ended, facts):
            yield {"subject": subject, "seq": seq}


def _is_concerned(subject: str, ended: bool | None, facts: State | None) -> bool:  # noqa: FBT001  # as a row tells it
    """One whose facts nobody can read is nudged and holds up no other: its decision tells what is
    wrong with it.
    """
    try:
        return concerns(subject, ended, facts)
    except Exception:  # noqa: BLE001  # whatever is wrong with them
        return True
