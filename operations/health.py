"""Whether Purna can do its work, and how far behind it is."""

from dataclasses import dataclass
from typing import Literal

from engine.rules.ruleset import Ruleset
from operations.store_failures import NoRuleset
from store.ports import ActiveRules, Measured
from store.records.answers import Gauges

__all__ = ["Gauges", "Readiness", "backlog", "readiness"]


@dataclass(frozen=True, slots=True)
class Readiness:
    """The active rules, or what is missing for any work."""

    ruleset: Ruleset | None
    missing: Literal["ruleset", "database"] | None


async def readiness(rulesets: ActiveRules) -> Readiness:
    """Whether the database answers and rules are active; it never raises."""
    try:
        return Readiness(await rulesets.active(), None)
    except NoRuleset:
        return Readiness(None, "ruleset")
    except Exception:  # noqa: BLE001  # whatever it is, events cannot be kept
        return Readiness(None, "database")


async def backlog(overview: Measured) -> Gauges:
    """How far behind everything is now; raises what the store raises while it is away."""
    return await overview.gauges()
