"""What a journey has to see to: the engine's decision inside one transaction of the store."""

from collections.abc import Callable
from datetime import datetime

import structlog
from temporalio import activity

from activities.messages import DECIDE, Todo
from engine.decisions.decide import decide
from engine.decisions.decision import Outcome, Situation
from engine.decisions.reason import Reason
from engine.facts.naming import Naming
from engine.rules.ruleset import Rulesets
from process import counts as metrics
from store.ports import Journeys

_LOG = structlog.get_logger()


class Decide:
    """Loads, decides and writes; may be repeated, and run by a zombie, for it answers what is open,
    not what is new.
    """

    def __init__(self, journeys: Journeys, naming: Naming, has_room: Callable[[int], bool]) -> None:
        """`has_room`: whether so many effects may be tried at once inside a workflow task."""
        self._journeys, self._naming, self._has_room = journeys, naming, has_room

    @activity.defn(name=DECIDE)
    async def decide(self, journey: str, now: datetime) -> Todo:
        """Every effect still open and the next moment to ask; raises whatever keeps the database
        from answering.
        """
        outcome: Outcome | None = None
        revision = ""

        def deciding(rulesets: Rulesets, situation: Situation) -> Outcome:
            nonlocal outcome, revision
            revision = rulesets.active.revision
            outcome = decide(rulesets, situation, self._naming, now)
            return outcome

        with structlog.contextvars.bound_contextvars(journey=journey), metrics.DECIDING.time():
            todo = await self._journeys.decide(journey, now, deciding)
            self._count(outcome, revision)
        open_ = {key: kind for kind, key in todo.open}
        return Todo(
            open_,
            todo.wake_at,
            todo.ended,
            todo.ends_with_these,
            promptly=self._has_room(len(open_)),
        )

    def _count(self, outcome: Outcome | None, revision: str) -> None:
        """Count what was decided once it is committed; what failed is told by rule and event,
        without its words.
        """
        if outcome is None:
            return
        metrics.met(revision)
        metrics.decided(outcome.decisions)
        for one in outcome.decisions:
            if one.reason is Reason.ERROR:
                _LOG.warning(
                    "a rule failed", rule=one.rule_id, event_type=one.event, revision=one.revision
                )
