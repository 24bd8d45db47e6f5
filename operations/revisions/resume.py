"""Resuming: which revision holds once everything runs again. What a person set stays."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.rules.ruleset import Ruleset
from operations.cannot_run import Findings
from operations.revisions.authorship import STARTS
from operations.revisions.rulesets import ActivatedRevision, activated
from store.ports import Store
from store.records.activations import Activation, Superseded


@dataclass(frozen=True, slots=True)
class ResumedRules:
    """The ruleset that is active, and who made it so; None if it was a start. `mistakes` are those
    of the folder, where they kept it from being the active one.
    """

    active: Ruleset
    set_by: ActivatedRevision | None
    mistakes: Findings | None = None

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        return {
            "revision": self.active.revision,
            "set_by": self.set_by.to_json() if self.set_by else None,
            "mistakes": str(self.mistakes) if self.mistakes else None,
        }


@dataclass(frozen=True, slots=True)
class Start:
    """Which start it is, and when; `trial` raises the findings where a folder may not be published
    yet.
    """

    by: str
    at: datetime
    trial: Callable[[], object] = lambda: None


async def resume(store: Store, folder: Ruleset | Findings, start: Start) -> ResumedRules:
    """Make the rules of a folder the active ones, unless a person published or took back others
    since, or meanwhile, or there are mistakes in them: then the last good revision goes on.

    Raises the findings where there is no other revision.
    """
    known = await store.rulesets.activations()
    last = known[0] if known else None
    if last is not None and last.author not in STARTS:
        mistakes = folder if isinstance(folder, Findings) else None
        return ResumedRules(
            await store.rulesets.active(), activated(last, is_active=True), mistakes
        )
    tried = _tried(folder, start, last)
    if isinstance(tried, Ruleset):
        activation = Activation(tried.revision, start.by, "start", start.at)
        try:
            await store.rulesets.replace(last.revision if last else None, tried, activation)
        except Superseded:
            return await resume(store, folder, start)
        return ResumedRules(tried, None)
    if last is None:
        raise tried
    return ResumedRules(await store.rulesets.active(), None, tried)


def _tried(folder: Ruleset | Findings, start: Start, last: Activation | None) -> Ruleset | Findings:
    """The folder, or what is wrong with it; what is active already needs no trial."""
    if isinstance(folder, Findings) or (last and last.revision == folder.revision):
        return folder
    try:
        start.trial()
    except Findings as findings:
        return findings
    return folder
