"""Journeys: a decision in one transaction, and what each of them waits for.

A decision locks the journey, reads its situation, asks, writes what follows and answers what is
open.
"""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import datetime

from psycopg import DataError

from engine.decisions.decision import OpenWork, Situation
from engine.facts.naming import Naming
from engine.rules.ruleset import Rulesets
from store.postgres.intake.spread import concerned
from store.postgres.journeys.outcomes import write_outcome
from store.postgres.journeys.situations import (
    Loaded,
    load_situation,
    read_situation,
    unwoken_situation,
)
from store.postgres.rulesets import RulesetCache
from store.postgres.sessions.pool import Pool
from store.postgres.sessions.transactions import repeated, transaction
from store.records.answers import JourneyRow, UnreadableRow
from store.records.todo import NOTHING, Deciding

_WOKEN = """
select journey, subject, cursor, wake_at, ended,
    exists (select 1 from waits where waits.journey = journeys.journey)
        or exists (select 1 from effects
            where effects.journey = journeys.journey and held_until is not null and state = 'held')
        or wake_at is not null and subject like 'customer:%',
    case when subject like 'customer:%%' then substr(subject, strpos(subject, '/') + 1)
        else facts -> 'customer' ->> 0 end
from journeys order by journey
"""
_WAITING = """
select journey from waits union select journey from effects where state = 'held' order by journey
"""
# What comes of reading a row that nobody wrote like this.
_SENSELESS = (AttributeError, KeyError, TypeError, ValueError, DataError)


@dataclass(frozen=True, slots=True)
class PostgresJourneys:
    """The journeys of a database; `store.ports.Journeys`."""

    pool: Pool
    compiled: RulesetCache
    naming: Naming

    async def decide(self, journey: str, now: datetime, deciding: Deciding) -> OpenWork:
        """What a journey has to see to: every effect still open, and when it is due next."""
        return await repeated(lambda: self._decide(journey, now, deciding))

    async def situation(self, journey: str) -> tuple[Rulesets, Situation] | None:
        """What a decision about a journey would look at now, to look at it only; None if nobody
        ever woke it. Raises `UnreadableRow`.
        """
        loaded = await self._looked_at(journey)
        return (loaded.rulesets, loaded.situation) if loaded else None

    async def concerned(
        self, kinds: Iterable[str]
    ) -> AsyncIterator[tuple[Rulesets, Situation] | None]:
        """The situations of all whom a new revision would reach, of these kinds of subjects, None
        of one that cannot be read; to look at them only.
        """
        for kind in sorted(kinds):
            async for subject in concerned(self.pool, kind):
                try:
                    loaded = await self._looked_at(self.naming.journey(subject), subject)
                except UnreadableRow:
                    yield None
                    continue
                if loaded:
                    yield loaded.rulesets, loaded.situation

    async def woken(self) -> list[JourneyRow]:
        """Every journey that was ever woken."""
        async with self.pool.connection() as connection:
            rows = await connection.rows(_WOKEN)
        return [JourneyRow(row[0], str(row[0]).partition(":")[0], *row[1:]) for row in rows]

    async def waiting(self) -> list[str]:
        """Every journey in which something waits or is held."""
        async with self.pool.connection() as connection:
            return [row[0] for row in await connection.rows(_WAITING)]

    async def _looked_at(self, journey: str, subject: str | None = None) -> Loaded | None:
        """The situation of a journey, or else of a subject that has none yet."""
        try:
            async with self.pool.connection() as connection:
                loaded = await read_situation(connection, self.compiled, journey)
                if loaded is None and subject is not None:
                    return await unwoken_situation(connection, self.compiled, journey, subject)
        except _SENSELESS as error:
            raise UnreadableRow(journey) from error
        return loaded

    async def _decide(self, journey: str, now: datetime, deciding: Deciding) -> OpenWork:
        """Raises `Overtaken` if another journey took a once-key first."""
        async with transaction(self.pool) as connection:
            loaded = await load_situation(connection, self.compiled, journey, now)
            if loaded is None:
                return NOTHING
            outcome = deciding(loaded.rulesets, loaded.situation)
            return await write_outcome(connection, loaded.situation, outcome, loaded.customer, now)
