"""Publishing: rules become the active revision, and those they concern are nudged."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from engine.backtests.rule_changes import RevisionChanges, changes_between
from engine.catalog.values import instant
from engine.conditions.problems import InvalidRuleset
from engine.rules.ruleset import Ruleset
from operations.cannot_run import CannotRun
from operations.revisions.authorship import Authorship
from operations.revisions.plan import PlannedChange, plan
from operations.rules.play_tests import SUFFIX, Tested, play_tests
from operations.rules.rules_folder import files_in
from store.ports import Store
from store.records.activations import NoRuleset, TooOld


@dataclass(frozen=True, slots=True)
class Proposal:
    """What other rules would change; `planned` is None where nobody asked who waits, or nothing was
    ever published that this program can read.
    """

    changes: RevisionChanges
    planned: PlannedChange | None

    def to_json(self, spell: Callable[[datetime], str] = instant) -> dict[str, Any]:
        """For a machine; `spell` writes the times."""
        planned = {"plan": self.planned.to_json(spell)} if self.planned else {}
        return {"changes": self.changes.to_json(), **planned}


@dataclass(frozen=True, slots=True)
class PublishedRules:
    """The active revision. `changed` is False if it was active already.

    `reached` tells whether everybody whom it concerns has been nudged already; else the sweep does
    the rest.
    """

    revision: str
    rules: int
    changed: bool
    reached: bool

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        return {
            "revision": self.revision,
            "rules": self.rules,
            "changed": self.changed,
            "reached": self.reached,
        }


def tested(rules: Path, today: date) -> Tested | None:
    """What became of the tests beside the rules; None if there are none."""
    if not any(file.name.endswith(SUFFIX) for file in files_in(rules)):
        return None
    return play_tests(rules, today)


async def propose(
    store: Store, new: Ruleset, now: datetime, *, with_waits: bool, moves_waits: bool
) -> Proposal:
    """What publishing would change; with what becomes of everybody who waits."""
    try:
        active = await store.rulesets.active()
    except (NoRuleset, TooOld, InvalidRuleset):
        return Proposal(changes_between(None, new), None)
    changes = changes_between(active, new)
    if not with_waits:
        return Proposal(changes, None)
    return Proposal(changes, await plan(store, new, now, moves_waits=moves_waits))


async def publish(
    store: Store,
    ruleset: Ruleset,
    by: Authorship,
    *,
    proposal: Proposal | None = None,
    moves_waits: bool = False,
) -> PublishedRules:
    """Make a ruleset, in which `check` found no error, the active revision.

    `CannotRun` if another one was published since the proposal, where there was one.
    """
    if proposal is not None:
        await _still_as_proposed(store, proposal)
    changed = await store.rulesets.publish(
        ruleset, by.author, by.reason, by.at, moves_waits=moves_waits
    )
    reached = await store.rulesets.spread()
    return PublishedRules(ruleset.revision, len(ruleset.rules), changed, reached)


async def _still_as_proposed(store: Store, proposal: Proposal) -> None:
    activations = await store.rulesets.activations()
    active = activations[0].revision if activations else None
    if proposal.changes.old not in (None, active):
        raise CannotRun(
            f"{active} was published meanwhile: look again at what would change;"
            " nothing was published"
        )
