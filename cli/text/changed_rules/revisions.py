"""How a revision that was made active reads in a terminal, in a line or whole."""

from collections.abc import Iterator

from cli.text.changed_rules.revision_changes import change_lines
from operations.revisions.rulesets import ActivatedRevision
from operations.revisions.stored_revision import ShownRevision, ShownRule


def revision_line(one: ActivatedRevision) -> str:
    """When, by whom and why, and whether it moved what waited; a star marks the one that holds."""
    mark = "*" if one.active else " "
    told = (one.author, one.reason, "moves what waits" if one.moves_waits else "")
    why = "  ".join(part for part in told if part)
    return f"{mark} {one.revision}  {one.at:%Y-%m-%d %H:%M}  {why}"


def shown_lines(shown: ShownRevision) -> Iterator[str]:
    """Each time it was made active, its rules, and what it changed."""
    yield from map(revision_line, shown.activations)
    yield ""
    width = max((len(one.id) for one in shown.rules), default=0)
    yield from (_rule_line(one, width) for one in shown.rules)
    yield ""
    if shown.changes is None:
        yield f"what it changed is not known: {shown.unread}"
    else:
        yield from change_lines(shown.changes)


def _rule_line(rule: ShownRule, width: int) -> str:
    mode = "" if rule.mode == "live" else f"  ({rule.mode})"
    return f"{rule.id:<{width}}  {'; '.join(rule.when)}{mode}"
