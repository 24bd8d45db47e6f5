"""Every revision that was made active: when, by whom and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.catalog.values import instant
from operations.cannot_run import CannotRun
from store.ports import Store
from store.records.activations import Activation


@dataclass(frozen=True, slots=True)
class ActivatedRevision:
    """One activation; `active` marks the one that holds now, `moves_waits` one that moved what
    waited.
    """

    revision: str
    at: datetime
    author: str
    reason: str
    active: bool
    moves_waits: bool

    def to_json(self) -> dict[str, Any]:
        """For a machine."""
        return {
            "revision": self.revision,
            "at": instant(self.at),
            "author": self.author,
            "reason": self.reason,
            "active": self.active,
            "moves_waits": self.moves_waits,
        }


async def rulesets(store: Store) -> list[ActivatedRevision]:
    """Every activation there was, the last one first: that one holds."""
    found = await store.rulesets.activations()
    return [activated(one, is_active=index == 0) for index, one in enumerate(found)]


def activated(one: Activation, *, is_active: bool) -> ActivatedRevision:
    """An activation as people are shown it."""
    return ActivatedRevision(
        one.revision, one.at, one.author, one.reason, is_active, one.moves_waits
    )


def meant_by(known: Sequence[str], wanted: str) -> str:
    """The only revision that begins so, of those that were ever active; `CannotRun` if there is
    none, or more than one.
    """
    found = [one for one in dict.fromkeys(known) if one.startswith(wanted)]
    if not found or not wanted:
        raise CannotRun(f"there is no revision {wanted}")
    if len(found) > 1:
        raise CannotRun(f"{wanted} may be any of {', '.join(found)}")
    return found[0]
