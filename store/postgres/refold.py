"""The refold after a revision that keeps a team's own names with other things than before: what was
said under those names is put there, a page of subjects at a time.

The activation notes how far it has come, so that the sweep goes on where a process that published
it has died. Nothing is nudged by it, and nothing fires.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from psycopg.errors import QueryCanceled
from psycopg.types.json import Jsonb

from engine.catalog.catalog import Catalog
from engine.facts.events import Event
from engine.facts.refolds.places import refolded
from engine.facts.state import State
from store.postgres.rulesets import RulesetCache
from store.postgres.sessions.pool import Connection, Pool
from store.postgres.sessions.transactions import repeated, transaction

# The events of so many subjects are read in one statement; where that takes too long, of fewer.
PAGE = 200
# An event of the log, its subject and its place there, its body, and when it became known.
_Line = tuple[str, int, dict[str, Any], datetime]
_log = structlog.get_logger("purna.refold")
# One activation after the other. Whoever publishes locks this table before journeys; so does this.
_IN_TURN = "lock table activations in row exclusive mode"
_NEXT = """
select number, refolds, refolded from activations
where number = (select min(number) from activations where refolded is not null)
for update skip locked
"""
# As an ingest does, it locks the subjects before their journeys.
_SUBJECTS = """
select id, facts from subjects where id > %s order by id limit %s for no key update
"""
_JOURNEYS = """
select journey, subject, facts, cursor from journeys where subject = any(%s)
order by journey for update
"""
# Each subject with the events that name it and say something under one of the names.
_PAST = """
select whose, subject, seq, body, known_at from (
    select order_subject as whose, * from events
    where order_subject = any(%(orders)s)
        and (type = any(%(names)s) or body -> 'data' ?| %(names)s)
    union all
    select customer_subject, * from events
    where customer_subject = any(%(customers)s)
        and (type = any(%(names)s) or body -> 'data' ?| %(names)s)
) e order by pos
"""
_KNOWN = "update subjects set facts = %s where id = %s"
_READ = "update journeys set facts = %s where journey = %s"
_GONE_ON = "update activations set refolded = %s where number = %s"


async def refold(
    pool: Pool, rulesets: RulesetCache, size: int | None = None, *, passes_over: bool = False
) -> bool:
    """Fold the names of the oldest unfinished activation anew for the next page of subjects, or
    pass over it; False if nothing is left to do, another process does it, or a newer program has
    to.
    """
    size = size or PAGE
    async with transaction(pool) as connection:
        await connection.execute(_IN_TURN)
        row = await connection.row(_NEXT)
        if row is None:
            return False
        number, names, reached = row
        page = dict(await connection.rows(_SUBJECTS, (reached, size)))
        active = await rulesets.active_revision(connection) or ""
        if (ruleset := (await rulesets.readable(connection, [active])).get(active)) is None:
            return False
        if not passes_over:
            await _refold(connection, page, frozenset(names), ruleset.catalog)
        last = max(page) if len(page) == size else None
        await connection.execute(_GONE_ON, (last, number))
    return True


async def refold_pages(pool: Pool, rulesets: RulesetCache, pages: int | None = None) -> None:
    """Fold anew whatever is left to do: all of it, or so many pages. A page that takes too long is
    halved, and those behind it grow again; one whose past alone takes too long stays as it is.
    """
    size, passes_over = PAGE, False
    while pages != 0:
        try:
            page = partial(refold, pool, rulesets, size, passes_over=passes_over)
            if not await repeated(page):
                return
        except QueryCanceled:
            if passes_over:
                raise
            passes_over = size == 1
            if passes_over:
                _log.warning("facts cannot be folded anew", error="their past takes too long")
            size = max(size // 2, 1)
            continue
        size, passes_over = min(2 * size, PAGE), False
        pages = None if pages is None else pages - 1


async def _refold(
    connection: Connection, page: dict[str, State], names: frozenset[str], catalog: Catalog
) -> None:
    past: dict[str, list[_Line]] = defaultdict(list)
    for subject, *line in await connection.rows(_PAST, _looked_for(page, names)):
        home, seq, body, known_at = line
        past[subject].append((home, seq, body, known_at))
    for subject, lines in past.items():
        after = _after(page[subject], subject, names, lines, catalog)
        if after is not page[subject]:
            await connection.execute(_KNOWN, (Jsonb(after), subject))
    for journey, subject, facts, cursor in await connection.rows(_JOURNEYS, (list(past),)):
        read = [line for line in past[subject] if _has_read(subject, cursor, line)]
        if (after := _after(facts, subject, names, read, catalog)) is not facts:
            await connection.execute(_READ, (Jsonb(after), journey))


def _looked_for(page: Iterable[str], names: frozenset[str]) -> dict[str, list[str]]:
    orders = [one for one in page if one.startswith("order:")]
    customers = [one for one in page if one.startswith("customer:")]
    return {"orders": orders, "customers": customers, "names": sorted(names)}


def _has_read(subject: str, cursor: int, line: _Line) -> bool:
    """Whether a journey has read a line: of its own log up to its cursor, and all of those who
    turned out to be its customer.
    """
    home, seq, _, _ = line
    if home == subject:
        return seq <= cursor
    return home.partition(":")[0] == subject.partition(":")[0]


def _after(
    facts: State, subject: str, names: frozenset[str], lines: list[_Line], catalog: Catalog
) -> State:
    """One whose facts or events nobody can read stays as it is, and holds up no other."""
    try:
        past = [(Event.from_json(body), known_at) for _, _, body, known_at in lines]
        return refolded(facts, subject, names, past, catalog)
    except Exception as error:  # noqa: BLE001  # whatever is wrong with them
        _log.warning("facts cannot be folded anew", error=type(error).__name__)
        return facts
