"""What nobody can make sense of stands in quarantine, in both stores alike, and stops nothing."""

from dataclasses import replace

import pytest

from engine.decisions.decision import Outcome, Situation
from engine.rules.ruleset import Rulesets
from store.postgres.store import PostgresStore
from tests.store.probing import JOURNEY
from tests.store.shop import NOON, an_event, deciding, later, placed
from tests.store.twins import Twins

RULES = """
  - id: shipped
    when: shipment.shipped
    do: [{send: hello, category: delivery}]
"""


@pytest.fixture
async def shop(store: PostgresStore) -> Twins:
    twins = Twins(store, RULES)
    await twins.begin()
    return twins


async def test_an_event_of_a_type_that_no_catalog_has_is_quarantined(shop: Twins) -> None:
    await shop.take(placed(), NOON)
    assert await shop.take(an_event("no.such_event"), NOON) == "quarantined"
    await shop.take(an_event("shipment.shipped", 2, things={"shipment": "P1"}), later(hours=1))

    assert shop.sent() == ["hello"]
    assert [why for *_, why in shop.memory.quarantine] == ["KeyError: 'no.such_event'"]


async def test_an_event_that_breaks_a_decision_is_quarantined(shop: Twins) -> None:
    def breaks(rulesets: Rulesets, situation: Situation) -> Outcome:
        outcome: Outcome = deciding(NOON)(rulesets, situation)
        return replace(outcome, quarantined=((1, "KeyError: 'x'"),))

    await shop.log_only("shipment.shipped", NOON, order={"id": "A1"}, shipment={"id": "P1"})
    shop.memory.decide(JOURNEY, NOON, breaks)
    await shop.postgres.journeys.decide(JOURNEY, NOON, breaks)
    await shop.check()

    assert shop.memory.quarantine == [(None, "journey", JOURNEY, 1, "KeyError: 'x'")]
