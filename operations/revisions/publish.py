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
from store.records.activations import Activation, NoRuleset, Superseded, TooOld


@dataclass(frozen=True, slots=True)
class Proposal:
    """What other rules would change of what was `active`; `planned` is None where nobody asked who
    waits, or nothing was ever published that this program can read.
    """

    changes: RevisionChanges
    planned: PlannedChange | None
    active: str | None

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
    activations = await store.rulesets.activations()
    old = activations[0].revision if activations else None
    try:
        active = await store.rulesets.active()
    except (NoRuleset, TooOld, InvalidRuleset):
        return Proposal(changes_between(None, new), None, old)
    changes = changes_between(active, new)
    if not with_waits:
        return Proposal(changes, None, old)
    return Proposal(changes, await plan(store, new, now, moves_waits=moves_waits), old)


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
    by_whom = by.author, by.reason, by.at
    if proposal is None:
        changed = await store.rulesets.publish(ruleset, *by_whom, moves_waits=moves_waits)
    else:
        activation = Activation(ruleset.revision, *by_whom, moves_waits=moves_waits)
        changed = await _as_proposed(store, proposal, ruleset, activation)
    reached = await store.rulesets.spread()
    return PublishedRules(ruleset.revision, len(ruleset.rules), changed, reached)


async def _as_proposed(
    store: Store, proposal: Proposal, ruleset: Ruleset, activation: Activation
) -> bool:
    try:
        return await store.rulesets.replace(proposal.active, ruleset, activation)
    except Superseded as other:
        raise CannotRun(
            f"{other.active} was published meanwhile: look again at what would change;"
            " nothing was published"
        ) from None
