"""A decision in one transaction: lock the journey, read its situation, ask, write what follows, answer what is open."""

from collections.abc import Callable
from datetime import datetime

from engine.decide import Rulesets as Revisions
from engine.decision import Outcome, Situation, Todo
from store.outcomes import write_outcome
from store.pool import Pool
from store.rulesets import Rulesets
from store.situations import load_situation
from store.transactions import transaction

Deciding = Callable[[Revisions, Situation], Outcome]

# Of a journey that nobody ever woke.
NOTHING = Todo((), None, ended=True)


async def decide(pool: Pool, rulesets: Rulesets, journey: str, now: datetime, deciding: Deciding) -> Todo:
    """What a journey has to see to; raises `Overtaken` if another journey took a once-key first."""
    async with transaction(pool) as connection:
        loaded = await load_situation(connection, rulesets, journey)
        if loaded is None:
            return NOTHING
        outcome = deciding(loaded.rulesets, loaded.situation)
        return await write_outcome(connection, loaded.situation, outcome, loaded.customer, now)
