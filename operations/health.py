"""Whether Purna can do its work, and how far behind it is."""

from dataclasses import dataclass
from typing import Literal

from engine.conditions.problems import InvalidRuleset
from engine.rules.ruleset import Ruleset
from operations.store_failures import NoRuleset, TooOld
from operations.stores import WebStore
from store.inquiry_ports import Measured
from store.records.answers import Gauges

__all__ = ["Gauges", "OldTables", "Readiness", "backlog", "check_tables", "readiness"]


class OldTables(Exception):
    """The tables are missing, or older than this program needs; `purna migrate` makes them."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """The active rules, or what is missing for any work: a `program` that can read the rules which
    are active, where another one has published them.
    """

    ruleset: Ruleset | None
    missing: Literal["ruleset", "tables", "database", "writes", "program"] | None


async def check_tables(overview: Measured) -> None:
    """Raises `OldTables`, or what the store raises while it is away."""
    if not await overview.has_needed_tables():
        raise OldTables


async def readiness(store: WebStore) -> Readiness:
    """Whether the database answers, has the tables that are needed, takes writes, and rules are
    active; it never raises.
    """
    try:
        overview = store.overview
        await check_tables(overview)
        active = await store.rulesets.active()
        takes_writes = await overview.takes_writes()
        return Readiness(active, None if takes_writes else "writes")
    except OldTables:
        return Readiness(None, "tables")
    except NoRuleset:
        return Readiness(None, "ruleset")
    except (TooOld, InvalidRuleset):
        return Readiness(None, "program")
    except Exception:  # noqa: BLE001  # whatever it is, events cannot be kept
        return Readiness(None, "database")


async def backlog(overview: Measured) -> Gauges:
    """How far behind everything is now; raises what the store raises while it is away."""
    return await overview.gauges()
