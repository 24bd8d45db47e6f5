"""How the difference between two revisions reads in a terminal: rules and files, key by key."""

from collections.abc import Iterator

from engine.backtests.rule_changes import KeyChange, PartChange, RevisionChanges

_WIDEST = 100  # characters of a value; the rest of it is left out


def change_lines(changes: RevisionChanges) -> Iterator[str]:
    """A head, then every rule and every file that says something else."""
    if changes.old is None:
        yield f"{changes.new}: the first revision, {len(changes.rules)} rules"
        return
    if changes.is_empty:
        yield f"{changes.old} → {changes.new}: nothing says anything else"
        return
    yield f"{changes.old} → {changes.new}"
    for part in (*changes.rules, *changes.files):
        yield from _part(part)


def _part(part: PartChange) -> Iterator[str]:
    former = f" (was {part.former})" if part.former else ""
    yield f"  {part.name}{former} {part.kind}"
    # What is gone is told by its name alone.
    for key in part.keys if part.kind != "gone" else ():
        yield f"      {_key(key)}"


def _key(key: KeyChange) -> str:
    if key.was is None:
        return f"{key.key}: {_short(key.now)}"
    if key.now is None:
        return f"{key.key}: {_short(key.was)} → gone"
    return f"{key.key}: {_short(key.was)} → {_short(key.now)}"


def _short(value: str | None) -> str:
    line = " ".join((value or "").split())
    return line if len(line) <= _WIDEST else f"{line[: _WIDEST - 1]}…"
