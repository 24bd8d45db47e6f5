"""What a person is shown before they publish: what changes, and what becomes of those who wait."""

from collections.abc import Iterator

from cli.text.changed_rules.revision_changes import change_lines
from cli.text.changed_rules.waits import waits_lines
from operations.instants import spelled
from operations.revisions.publish import Proposal


def proposal_lines(proposal: Proposal) -> Iterator[str]:
    """What changes and, where it is known, who waits."""
    yield from change_lines(proposal.changes)
    if proposal.planned:
        yield ""
        yield from waits_lines(proposal.planned.to_json(spelled))
