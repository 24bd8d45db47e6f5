"""Word of a new revision: whoever has something new to wait for is nudged, a page of subjects at a time.

The activation notes how far the word has come, so that the sweep goes on where a process that published it has died.
"""

from typing import Any

from psycopg.types.json import Jsonb

from engine.naming import Naming
from engine.reach import concerns
from store.accepting import SubjectRow
from store.pool import Connection, Pool
from store.transactions import transaction

PAGE = 500
_NEXT = """
select number, kinds[1], reached from activations where kinds <> '{}' order by number limit 1 for update skip locked
"""
# As an ingest does, it locks the subjects before it makes journeys and nudges.
_PAGE = f"""
select s.id, s.seq, (select j.ended from journeys j where j.subject = s.id),
    case when s.id like 'order:%%' then s.facts end, s.erased_at is not null
from subjects s where s.id > %s and s.id < %s order by s.id limit {PAGE} for no key update of s
"""  # noqa: S608  # only our own constants are put together
_NUDGE = """
with named as (
    select * from jsonb_to_recordset(%s) as n(journey text, subject text, seq bigint)
), made as (
    insert into journeys (journey, subject, facts) select journey, subject, %s from named on conflict do nothing
)
insert into nudges (journey, seq) select journey, seq from named on conflict do nothing
"""
_GONE_ON = "update activations set reached = %s where number = %s"
_DONE = "update activations set kinds = kinds[2:], reached = '' where number = %s"


async def spread(pool: Pool, naming: Naming) -> bool:
    """Nudge the next page of those whom some activation concerns; False if there is nothing left to do."""
    async with transaction(pool) as connection:
        row = await connection.row(_NEXT)
        if row is None:
            return False
        number, kind, reached = row
        page = await connection.rows(_PAGE, (reached or f"{kind}:", f"{kind};"))
        await _nudge(connection, naming, page)
        if len(page) == PAGE:
            await connection.execute(_GONE_ON, (page[-1][0], number))
        else:
            await connection.execute(_DONE, (number,))
    return True


async def _nudge(connection: Connection, naming: Naming, page: list[tuple[Any, ...]]) -> None:
    named = [
        {"journey": naming.journey(subject), "subject": subject, "seq": seq}
        for subject, seq, ended, facts, erased in page
        if not erased and concerns(subject, ended, facts)
    ]
    if named:
        rows = sorted(named, key=lambda row: str(row["journey"]))
        await connection.execute(_NUDGE, (Jsonb(rows), Jsonb(SubjectRow().facts)))
