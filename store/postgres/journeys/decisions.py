"""A decision in one transaction: lock the journey, read its situation, ask, write what follows,
answer what is open.
"""

from datetime import datetime

from engine.decisions.decision import OpenWork
from store.postgres.journeys.outcomes import write_outcome
from store.postgres.journeys.situations import load_situation
from store.postgres.rulesets import RulesetCache
from store.postgres.sessions.pool import Pool
from store.postgres.sessions.transactions import transaction
from store.records.todo import NOTHING, Deciding


async def decide(
    pool: Pool, rulesets: RulesetCache, journey: str, now: datetime, deciding: Deciding
) -> OpenWork:
    """What a journey has to see to; raises `Overtaken` if another journey took a once-key first."""
    async with transaction(pool) as connection:
        loaded = await load_situation(connection, rulesets, journey)
        if loaded is None:
            return NOTHING
        outcome = deciding(loaded.rulesets, loaded.situation)
        return await write_outcome(connection, loaded.situation, outcome, loaded.customer, now)
