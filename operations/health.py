"""Whether Purna can do its work, and how far behind it is."""

from dataclasses import dataclass
from typing import Literal

from engine.rules.ruleset import Ruleset
from operations.store_failures import NoRuleset
from operations.web_store import ActiveRules, Measured
from store.postgres.gauges import Gauges

__all__ = ["Gauges", "Readiness", "backlog", "readiness"]


@dataclass(frozen=True, slots=True)
class Readiness:
    """The active rules, or what is missing for any work."""

    ruleset: Ruleset | None
    missing: Literal["ruleset", "database"] | None


async def readiness(store: ActiveRules) -> Readiness:
    """Whether the database answers and rules are active; it never raises."""
    try:
        return Readiness(await store.active(), None)
    except NoRuleset:
        return Readiness(None, "ruleset")
    except Exception:  # noqa: BLE001  # whatever it is, events cannot be kept
        return Readiness(None, "database")


async def backlog(store: Measured) -> Gauges:
    """How far behind everything is now; raises what the store raises while it is away."""
    return await store.gauges()
