"""What differs between two revisions as their authors wrote them: rules added, changed and gone, key
by key, and whatever else stands in the folder.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from engine.conditions.problems import Problems
from engine.decisions.reach import renames
from engine.language.nodes import read_nodes
from engine.rules.ruleset import Ruleset

ChangeKind = Literal["added", "changed", "gone"]
_JOURNEYS = "journeys/"
_FORMER = "renamed_from"


@dataclass(frozen=True, slots=True)
class KeyChange:
    """A key that says something else; None where it is not there."""

    key: str
    was: str | None
    now: str | None

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        return {"key": self.key, "was": self.was, "now": self.now}


@dataclass(frozen=True, slots=True)
class PartChange:
    """A rule, or a file of another kind, and what changed of it key by key.

    `former` is the id that a rule has had, if it has another one now.
    """

    name: str
    kind: ChangeKind
    keys: tuple[KeyChange, ...] = ()
    former: str | None = None

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        former = {"renamed_from": self.former} if self.former else {}
        keys = [one.to_json() for one in self.keys]
        return {"name": self.name, "kind": self.kind, **former, "keys": keys}


@dataclass(frozen=True, slots=True)
class RevisionChanges:
    """Everything in which a revision differs from an older one; `old` is None before the first."""

    old: str | None
    new: str
    rules: tuple[PartChange, ...]
    files: tuple[PartChange, ...]

    @property
    def is_empty(self) -> bool:
        """Whether both say the same."""
        return not self.rules and not self.files

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        return {
            "old": self.old,
            "new": self.new,
            "rules": [one.to_json() for one in self.rules],
            "files": [one.to_json() for one in self.files],
        }


def changes_between(old: Ruleset | None, new: Ruleset) -> RevisionChanges:
    """What a new revision changes; against nothing everything is added."""
    before = old.files if old else {}
    return RevisionChanges(
        old.revision if old else None,
        new.revision,
        tuple(_rule_changes(_written(before), _written(new.files), renames(old, new))),
        tuple(_file_changes(before, new.files)),
    )


def _rule_changes(
    old: Mapping[str, Any], new: Mapping[str, Any], renamed: Mapping[str, str]
) -> Iterator[PartChange]:
    former = {now: was for was, now in renamed.items() if was in old and now in new}
    for rule_id in sorted(old.keys() | new.keys()):
        was = former.get(rule_id)
        if rule_id not in new:
            if rule_id not in former.values():
                yield PartChange(rule_id, "gone", tuple(_key_changes(old[rule_id], {})))
        elif rule_id not in old and was is None:
            yield PartChange(rule_id, "added", tuple(_key_changes({}, new[rule_id])))
        elif keys := tuple(_key_changes(old[was or rule_id], new[rule_id])):
            yield PartChange(rule_id, "changed", keys, was)


def _file_changes(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[PartChange]:
    """The files that hold no rules; those of YAML key by key."""
    for path in sorted(old.keys() | new.keys()):
        if path.startswith(_JOURNEYS):
            continue
        if path not in new:
            yield PartChange(path, "gone")
        elif path not in old:
            yield PartChange(path, "added")
        elif old[path] != new[path]:
            was, now = (dict(_leaves(_plain(path, files[path]))) for files in (old, new))
            if not path.endswith(".yaml"):
                yield PartChange(path, "changed")
            elif keys := tuple(_key_changes(was, now)):
                yield PartChange(path, "changed", keys)


def _written(files: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Every rule as it is written, by its id."""
    found: dict[str, dict[str, Any]] = {}
    for path, text in files.items():
        if path.startswith(_JOURNEYS):
            content = _plain(path, text)
            listed = content.get("rules") if isinstance(content, dict) else None
            rules = listed if isinstance(listed, list) else [listed]
            found |= {rule["id"]: rule for rule in rules if isinstance(rule, dict)}
    return found


def _plain(path: str, text: str) -> Any:
    node = read_nodes(path, text, Problems()) if path.endswith(".yaml") else None
    return node.plain if node else None


def _leaves(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """What a file says, by dotted keys."""
    if not isinstance(value, dict):
        yield at, value
        return
    for key, inner in value.items():
        yield from _leaves(inner, f"{at}.{key}" if at else key)


def _key_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[KeyChange]:
    """In the order in which they are written now, then what is gone; the id is told already."""
    for key in [*new, *(key for key in old if key not in new)]:
        was, now = (_alone(one[key]) if key in one else None for one in (old, new))
        if was != now and key not in ("id", _FORMER):
            yield KeyChange(
                key, *(_spelled(one) if one is not None else None for one in (was, now))
            )


def _alone(value: Any) -> Any:
    """A list of one says what its item says."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _spelled(value: Any) -> str:
    """A value in one line, as it may stand in a file."""
    match value:
        case dict():
            return f"{{{', '.join(f'{key}: {_spelled(one)}' for key, one in value.items())}}}"
        case list():
            return f"[{', '.join(map(_spelled, value))}]"
        case bool() | None:
            return {True: "true", False: "false", None: "null"}[value]
        case _:
            return str(value)
