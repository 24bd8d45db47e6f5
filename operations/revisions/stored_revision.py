"""One revision that was published: what it says, when it was active, and what it changed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.backtests.rule_changes import RevisionChanges, changes_between
from engine.conditions.problems import InvalidRuleset
from engine.rules.rule import Rule
from engine.rules.ruleset import Ruleset
from engine.rules.say_when import say_when
from operations.cannot_run import CannotRun, unusable
from operations.revisions.rulesets import ActivatedRevision, meant_by, rulesets
from store.ports import Store
from store.records.activations import TooOld


@dataclass(frozen=True, slots=True)
class ShownRule:
    """A rule in a line: its id, what people call it, whether it speaks, and its `when`."""

    id: str
    name: str
    mode: str
    when: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        return {"id": self.id, "name": self.name, "mode": self.mode, "when": list(self.when)}


@dataclass(frozen=True, slots=True)
class ShownRevision:
    """A revision, each time it was made active, its rules, and what it changed of the one that was
    active before it, the first time: None where `unread` says why that one cannot be read.
    """

    revision: str
    activations: tuple[ActivatedRevision, ...]
    rules: tuple[ShownRule, ...]
    changes: RevisionChanges | None
    unread: str = ""

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        return {
            "revision": self.revision,
            "activations": [one.to_json() for one in self.activations],
            "rules": [one.to_json() for one in self.rules],
            "changes": self.changes.to_json() if self.changes else None,
        }


async def show_revision(store: Store, wanted: str) -> ShownRevision:
    """What is known of the only revision whose name begins so; `CannotRun` if there is none."""
    activations = await rulesets(store)
    revision = meant_by([one.revision for one in activations], wanted)
    ruleset = await _stored(store, revision)
    changes, unread = None, ""
    try:
        before = await _before(store, [one.revision for one in activations], revision)
        changes = changes_between(before, ruleset)
    except CannotRun as why:
        unread = str(why)
    return ShownRevision(
        revision,
        tuple(one for one in activations if one.revision == revision),
        tuple(_rule(one) for one in _by_place(ruleset)),
        changes,
        unread,
    )


async def stored_revision(store: Store, wanted: str) -> Ruleset:
    """The only revision whose name begins so; `CannotRun` if there is none that can be read."""
    activations = await store.rulesets.activations()
    return await _stored(store, meant_by([one.revision for one in activations], wanted))


def write_revision(ruleset: Ruleset, folder: Path) -> None:
    """The files of a revision in a folder that is new or empty, as they were published."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CannotRun(f"{folder} is there already; name a folder that is new or empty")
    try:
        for path, text in ruleset.files.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
    except OSError as error:
        raise CannotRun(unusable(error)) from None


async def _stored(store: Store, revision: str) -> Ruleset:
    try:
        ruleset = await store.rulesets.revision(revision)
    except (InvalidRuleset, TooOld) as problem:
        raise CannotRun(f"{revision} cannot be read any more: {problem}") from None
    if ruleset is None:
        raise CannotRun(f"the files of {revision} are gone")
    return ruleset


async def _before(store: Store, known: Sequence[str], revision: str) -> Ruleset | None:
    """What was active before a revision first was; `known` are all activations, the last one
    first.
    """
    oldest_first = known[::-1]
    place = oldest_first.index(revision)
    return await _stored(store, oldest_first[place - 1]) if place else None


def _by_place(ruleset: Ruleset) -> Iterator[Rule]:
    yield from sorted(
        ruleset.rules.values(), key=lambda one: (one.position.file, one.position.line)
    )


def _rule(rule: Rule) -> ShownRule:
    when = tuple(say_when(one) for one in rule.triggers)
    return ShownRule(rule.id, rule.label.name, rule.conduct.mode, when)
