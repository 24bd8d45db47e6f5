"""How a revision that was made active reads in a terminal."""

from operations.revisions.rulesets import ActivatedRevision


def revision_line(one: ActivatedRevision) -> str:
    """When, by whom and why; a star marks the one that holds."""
    mark = "*" if one.active else " "
    return f"{mark} {one.revision}  {one.at:%Y-%m-%d %H:%M}  {one.author}  {one.reason}".rstrip()
