"""Resuming: which revision holds once everything runs again. What a person set stays."""

from dataclasses import dataclass
from datetime import datetime

from engine.rules.ruleset import Ruleset
from operations.cannot_run import Findings
from operations.revisions.rulesets import ActivatedRevision, activated
from store.ports import Store
from store.records.activations import Activation

STARTED_BY = "purna run"


@dataclass(frozen=True, slots=True)
class ResumedRules:
    """The ruleset that is active, and who made it so; None if it was a start."""

    active: Ruleset
    set_by: ActivatedRevision | None


async def resume(store: Store, folder: Ruleset | Findings, now: datetime) -> ResumedRules:
    """Make the rules of a folder the active ones, unless a person published or took back others
    since, or there are mistakes in them: then the last good revision goes on.

    Raises the findings where there is no other revision.
    """
    known = await store.rulesets.activations()
    last = known[0] if known else None
    if isinstance(folder, Findings):
        if last is None:
            raise folder
        return ResumedRules(await store.rulesets.active(), _set_by(last))
    if last is None or last.author == STARTED_BY:
        await store.rulesets.publish(folder, STARTED_BY, "start", now)
        return ResumedRules(folder, None)
    return ResumedRules(await store.rulesets.active(), _set_by(last))


def _set_by(last: Activation) -> ActivatedRevision | None:
    return None if last.author == STARTED_BY else activated(last, is_active=True)
