"""Planning: who waits now, and what would change for them if other rules were published."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.backtests.wait_changes import Plan, Planner
from engine.catalog.values import instant
from engine.decisions.reach import kinds_concerned
from engine.rules.ruleset import Ruleset
from store.ports import Store


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """The active revision, the new one, and what becomes of everybody who waits or would begin
    to.
    """

    active: str
    new: str
    plan: Plan

    @property
    def changes_nothing(self) -> bool:
        """Whether it is all the same to everybody who waits."""
        return self.plan.changes_nothing

    def to_json(self, spell: Callable[[datetime], str] = instant) -> dict[str, Any]:
        """For a machine; `spell` writes the times."""
        return {"active": self.active, "new": self.new, "rules": self.plan.to_json(spell)}


async def plan(
    store: Store, new: Ruleset, now: datetime, *, moves_waits: bool = False
) -> PlannedChange:
    """The plan for every journey in which something waits or would begin to; it wakes nobody."""
    found = Plan()
    planner = Planner(new, store.naming, now, moves_waits)
    for journey in await store.journeys.waiting():
        if (known := await store.journeys.situation(journey)) is not None:
            for waiting in planner.about(*known):
                found.add(waiting)
    active = await store.rulesets.active()
    async for asked in store.journeys.concerned(kinds_concerned(active, new)):
        for waiting in planner.added(*asked):
            found.add(waiting)
    return PlannedChange(active.revision, new.revision, found)
