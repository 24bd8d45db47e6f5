"""Timelines: what some rules make of events that become known at moments of their own."""

from datetime import datetime, timedelta
from typing import Any

from engine.facts.events import ALLOWANCE, parse_event
from engine.language.reader import read_ruleset
from engine.simulation.simulator import Simulator
from store.memory.store import MemoryStore
from tests.engine.builders import DAY, HOUR, NAMING, NOON

TEMPLATE = "---\nsubject: Hello\n---\nHello.\n"
POLICIES = """
version: 1
time_zone: {from: [customer.time_zone], otherwise: UTC}
quiet_hours: {from: "03:00", to: "03:01"}
"""


def later(hours: float) -> datetime:
    """So many hours after noon of the first day."""
    return NOON + timedelta(hours=hours)


def happens(
    hours: float, kind: str, /, *, order: str | dict[str, Any] | None = "A1", **things: Any
) -> dict[str, Any]:
    """An event as a sender writes it; `customer` may say more of Ana."""
    data: dict[str, Any] = {"shop": "shop", **things}
    data["customer"] = {"id": "C1", "email": "ana@example.com"} | things.get("customer", {})
    if order:
        data["order"] = {"id": order} if isinstance(order, str) else {"id": "A1"} | order
    return {
        "id": f"{hours} {kind} {order} {sorted(things)}",
        "source": "test",
        "type": kind,
        "time": later(hours).isoformat(),
        "data": data,
    }


class Timeline:
    """Rules, and what becomes known one after the other."""

    def __init__(self, rules: str, policies: str = POLICIES, **files: str) -> None:
        journeys = {"journeys/a.yaml": f"version: 1\nrules:\n{rules}", "policies.yaml": policies}
        more = {f"{name}.yaml": f"version: 1\n{text}" for name, text in files.items()}
        templates = {f"templates/en/{name}.md": TEMPLATE for name in ("hello", "bye")}
        self.ruleset = read_ruleset({**journeys, **more, **templates})
        self.store = MemoryStore(self.ruleset, NAMING)
        self.simulator = Simulator(self.store)

    def learns(self, hours: float, *events: dict[str, Any]) -> None:
        """These events become known together, after whatever was due before."""
        now = later(hours)
        self.simulator.pass_time(now)
        parsed = [parse_event(event, self.ruleset.catalog, now, ALLOWANCE) for event in events]
        self.store.ingest(parsed, now)
        self.simulator.accept([], now)

    def hears(self, hours: float, kind: str, /, **things: Any) -> None:
        """An event that becomes known when it happens."""
        self.learns(hours, happens(hours, kind, **things))

    def sent(self, days: int = 60) -> list[float]:
        """After how many hours each message left, once all is over."""
        self.simulator.pass_time(NOON + days * DAY, including=True)
        times = [row.settled_at for row in self.store.effects.values() if row.state == "sent"]
        return sorted((at - NOON) / HOUR for at in times if at)

    def reasons(self, rule: str = "a") -> list[str]:
        """Why a rule did not act, or its messages did not leave."""
        decided = [one.reason for one in self.store.decisions if one.rule_id == rule and one.reason]
        dropped = [row.reason for row in self.store.effects.values() if row.state == "dropped"]
        return [reason.value for reason in (*decided, *dropped) if reason]
