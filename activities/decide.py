"""What a journey has to see to: the engine's decision inside one transaction of the store."""

from datetime import datetime
from functools import partial

from temporalio import activity

from activities.messages import DECIDE, Todo
from engine.decide import decide
from engine.naming import Naming
from store.postgres import PostgresStore


class Decide:
    """Loads, decides and writes; may be repeated, and run by a zombie, for it answers what is open, not what is new."""

    def __init__(self, store: PostgresStore, naming: Naming) -> None:
        self._store, self._naming = store, naming

    @activity.defn(name=DECIDE)
    async def decide(self, journey: str, now: datetime) -> Todo:
        """Every effect still open and the next moment to ask; raises whatever keeps the database from answering."""
        deciding = partial(decide, naming=self._naming, now=now)
        todo = await self._store.decide(journey, now, deciding)
        return Todo({key: kind for kind, key in todo.open}, todo.wake_at, todo.ended)
