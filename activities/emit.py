"""One event of our own, told like any other: by its id, which is the effect's key, it is told once."""

from collections.abc import Callable

from temporalio import activity

from activities.attempts import attempt_started, claim, fresh_owner, insist
from activities.messages import EMIT
from engine.doing import event_of
from store.postgres import PostgresStore


class Emit:
    """Accepts events that rules cause; `ring` is the bell of this process's relay."""

    def __init__(self, store: PostgresStore, ring: Callable[[], None]) -> None:
        self._store, self._ring = store, ring

    @activity.defn(name=EMIT)
    async def emit(self, key: str) -> str:
        """What became of the event with this key."""
        owner, now = fresh_owner(), attempt_started()
        question = await claim(self._store, key, owner, now)
        if isinstance(question, str):
            return question
        await self._store.ingest([event_of(question.effect)], now)
        self._ring()
        await insist(lambda: self._store.finish(key, owner, None, now))
        return "done"
