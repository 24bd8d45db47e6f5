"""Waits that follow the calendar, and silences that find their customer: stories through the
simulator.
"""

from datetime import timedelta
from typing import Any

from engine.facts.events import parse_event
from engine.language.reader import read_ruleset
from engine.simulation.simulator import Simulator
from store.memory.store import MemoryStore
from tests.engine.builders import DAY, HOUR, NAMING, NOON

TEMPLATE = "---\nsubject: Hello\n---\nHello.\n"
POLICIES = "version: 1\nquiet_hours: {from: '03:00', to: '03:01'}\n"


def told(hours: float, kind: str, customer: str | None = "C1", **things: Any) -> dict[str, Any]:
    at = NOON + timedelta(hours=hours)
    data = {"shop": "shop", **things}
    if customer:
        data["customer"] = {"id": customer, "email": "ana@example.com"}
    return {
        "id": f"{hours}{kind}",
        "source": "test",
        "type": kind,
        "time": at.isoformat(),
        "data": data,
    }


def played(rules: str, *events: dict[str, Any], days: int = 40) -> MemoryStore:
    files = {"journeys/a.yaml": f"version: 1\nrules:\n{rules}", "policies.yaml": POLICIES}
    ruleset = read_ruleset(files | {"templates/en/hello.md": TEMPLATE})
    store = MemoryStore(ruleset, NAMING)
    log = [parse_event(event, ruleset.catalog, NOON) for event in events]
    Simulator(store).play(log, until=NOON + days * DAY)
    return store


def sent(store: MemoryStore) -> list[float]:
    """After how many hours each message left."""
    times = [row.settled_at for row in store.effects.values() if row.state == "sent"]
    return [(at - NOON) / HOUR for at in times if at]


RENEWAL = (
    "  - {id: a, when: 2 hours before subscription.renews_at, do: [{send: hello, category: "
    "billing}]}\n"
)


def renews(hours: float, at: str, kind: str = "subscription.started") -> dict[str, Any]:
    return told(hours, kind, subscription={"id": "S1", "renews_at": at})


def test_a_wait_follows_its_date() -> None:
    later = renews(1, "2026-03-03T20:00:00Z", "subscription.rescheduled")

    assert sent(played(RENEWAL, renews(0, "2026-03-02T20:00:00Z"), later)) == [30]


def test_a_date_that_moves_into_the_past_leaves_no_wait_behind() -> None:
    sooner = renews(2, "2026-03-02T15:00:00Z", "subscription.rescheduled")

    assert sent(played(RENEWAL, renews(0, "2026-03-02T20:00:00Z"), sooner)) == []


def test_a_date_at_the_end_of_the_calendar_stops_nobody() -> None:
    after = RENEWAL.replace("2 hours before", "3 days after")
    store = played(after, renews(0, "9999-12-31T00:00:00Z"))

    assert (sent(store), store.quarantine) == ([], [])


SILENCE = """
  - {id: hush, when: review.received, do: [{suppress: all marketing, across: customer,
        at_most: 60 days}]}
  - {id: offer, when: 2 days after order.placed, do: [{send: hello, category: sales}]}
"""
YES = told(0, "consent.given", consent={"category": "sales"})


def test_a_silence_decided_before_the_customer_was_known_covers_them_on_every_order() -> None:
    review = told(1, "review.received", None, order={"id": "A1"}, review={"id": "R1", "stars": 1})
    orders = [
        told(hours, "order.placed", order={"id": order}) for hours, order in ((2, "A1"), (3, "A2"))
    ]

    assert sent(played(SILENCE, YES, review, *orders)) == []
    assert sent(played(SILENCE, YES, *orders)) == [50, 51]
