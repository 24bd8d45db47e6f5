"""One event that a rule causes, accepted like any other: its id is the effect's key, so that it is
stored once.
"""

from collections.abc import Callable
from datetime import datetime

from temporalio import activity

from activities.attempts import AttemptClock, claim, fresh_owner, insist
from activities.heartbeat import heartbeating
from activities.messages import EMIT
from engine.decisions.deeds import event_of
from engine.decisions.effects import Emission
from engine.facts.events import InvalidEvent
from engine.sending.ledger import FAILED, FINISHED
from store.ports import Store

_HAS_HAPPENED = frozenset({"accepted", "unplaced", "duplicate", "conflict"})


class EmitActivity:
    """Accepts events that rules cause; `ring` is the bell of this process's relay."""

    def __init__(self, store: Store, ring: Callable[[], None]) -> None:
        self._store, self._ring = store, ring

    @activity.defn(name=EMIT)
    async def emit(self, key: str, at: datetime | None = None) -> str:
        """What became of the event with this key."""
        async with heartbeating():
            owner, now = fresh_owner(), AttemptClock(at).at_start
            question = await claim(self._store.ledger, key, owner, now)
            if isinstance(question, str):
                return question
            assert isinstance(question.effect, Emission)
            return await self._ingest(question.effect, owner, now)

    async def _ingest(self, effect: Emission, owner: str, now: datetime) -> str:
        try:
            (answer,) = await self._store.events.ingest([event_of(effect)], now)
        except InvalidEvent as wrong:
            answer = str(wrong)
        if answer not in _HAS_HAPPENED:
            await insist(lambda: self._store.ledger.change(effect.key, owner, FAILED(answer), now))
            return "failed"
        self._ring()
        await insist(lambda: self._store.ledger.change(effect.key, owner, FINISHED(None), now))
        return "done"
