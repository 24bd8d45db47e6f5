"""Planning: who waits now, and what would change for them if other rules were published."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.backtests.wait_changes import Plan, Planner, Waiting
from engine.catalog.values import instant
from engine.decisions.decision import Situation
from engine.decisions.reach import kinds_concerned
from engine.rules.ruleset import Ruleset, Rulesets
from store.ports import Store
from store.records.answers import UnreadableRow


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """The active revision, the new one, and what becomes of everybody who waits or would begin
    to; `unread` are the journeys of which no sense can be made, and nothing is said.
    """

    active: str
    new: str
    plan: Plan
    unread: int = 0

    @property
    def changes_nothing(self) -> bool:
        """Whether it is all the same to everybody who waits."""
        return self.plan.changes_nothing

    def to_json(self, spell: Callable[[datetime], str] = instant) -> dict[str, Any]:
        """For a machine; `spell` writes the times."""
        told = {"active": self.active, "new": self.new, "rules": self.plan.to_json(spell)}
        return told | ({"unread": self.unread} if self.unread else {})


async def plan(
    store: Store, new: Ruleset, now: datetime, *, moves_waits: bool = False
) -> PlannedChange:
    """The plan for every journey in which something waits or would begin to; it wakes nobody."""
    found, unread = Plan(), 0
    planner = Planner(new, store.naming, now, moves_waits)
    for journey in await store.journeys.waiting():
        try:
            known = await store.journeys.situation(journey)
        except UnreadableRow:
            unread += 1
        else:
            unread += known is not None and not _add(found, planner.about, known)
    active = await store.rulesets.active()
    async for asked in store.journeys.concerned(kinds_concerned(active, new)):
        unread += asked is None or not _add(found, planner.added, asked)
    return PlannedChange(active.revision, new.revision, found, unread)


def _add(
    found: Plan,
    planned: Callable[[Rulesets, Situation], Iterable[Waiting]],
    known: tuple[Rulesets, Situation],
) -> bool:
    """Add what becomes of those who wait in a journey; False if no sense can be made of it, which
    is told of nobody else.
    """
    try:
        everybody = list(planned(*known))
    except Exception:  # noqa: BLE001  # whatever is wrong with it
        return False
    for waiting in everybody:
        found.add(waiting)
    return True
