"""Publishing: rules become the active revision, and those they concern are nudged."""

from dataclasses import dataclass
from typing import Any

from engine.rules.ruleset import Ruleset
from operations.revisions.authorship import Authorship
from store.ports import Store


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


async def publish(store: Store, ruleset: Ruleset, by: Authorship) -> PublishedRules:
    """Make a ruleset, in which `check` found no error, the active revision."""
    changed = await store.rulesets.publish(ruleset, by.author, by.reason, by.at)
    reached = await store.rulesets.spread()
    return PublishedRules(ruleset.revision, len(ruleset.rules), changed, reached)
