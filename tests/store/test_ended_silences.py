"""A silence has ended, and then its rule is edited or removed: it stays ended, in both stores."""

from datetime import datetime
from typing import Any

import pytest

from engine.facts.views.inquiry import Inquiry
from engine.language.reader import read_ruleset
from engine.rules.ruleset import Ruleset
from store.postgres.store import PostgresStore
from tests.store.people import ANA, BEN
from tests.store.probing import JOURNEY
from tests.store.shop import FILES, NOON, later
from tests.store.twins import Twins

POLICIES = """
version: 1
time_zone: {from: [customer.time_zone], otherwise: UTC}
categories:
  - {id: delivery, kind: transactional, ignores: [cap, suppress]}
  - {id: sales, kind: marketing, consent: none}
"""
# Another rule keeps looking for what ends the silence, within its own order.
RULES = """
  - {id: there, when: shipment.delivered, stop_if: support.case_solved,
     do: [{send: hello, category: sales}]}
"""
SILENCING = """  - {id: quiet, when: return.requested, do: [{suppress: [sales], across: customer,
     until: support.case_solved, at_most: 30 days}]}
"""
TWIN = {**BEN, "email": ANA["email"]}


def edited(rules: str) -> Ruleset:
    files = {"journeys/a.yaml": f"version: 1\nrules:\n{rules}", "policies.yaml": POLICIES}
    return read_ruleset({**FILES, **files})


@pytest.fixture
async def shop(store: PostgresStore) -> Twins:
    """Its rule is gone; a silence that it asked for has ended before, and one goes on."""
    twins = Twins(store, RULES + SILENCING, POLICIES)
    await twins.begin()
    for customer, order in ((ANA, "A1"), ({**ANA, "id": "C3", "email": "c3@example.com"}, "A3")):
        asked: Any = {"return": {"id": f"R {order}"}}
        await twins.tell("return.requested", NOON, order={"id": order}, customer=customer, **asked)
    await twins.tell("support.case_solved", later(hours=1), order={"id": "A1"}, support={"id": "S"})
    twins.ruleset = edited(RULES)
    twins.memory.publish(twins.ruleset)
    await store.rulesets.publish(twins.ruleset, "tests", "an edit", later(hours=2))
    return twins


async def delivered(shop: Twins, order: str, customer: dict[str, Any], at: datetime) -> None:
    await shop.tell(
        "shipment.delivered", at, order={"id": order}, customer=customer, shipment={"id": "P"}
    )


async def test_it_stays_ended(shop: Twins) -> None:
    await delivered(shop, "B1", ANA, later(hours=3))

    assert (shop.sent(), shop.unsent()) == (["hello"], [])


async def test_it_stays_ended_for_who_reads_at_the_same_address(shop: Twins) -> None:
    await delivered(shop, "B2", TWIN, later(hours=3))

    assert (shop.sent(), shop.unsent()) == (["hello"], [])


async def test_one_that_has_not_ended_goes_on(shop: Twins) -> None:
    await delivered(shop, "B3", {"id": "C3"}, later(hours=3))

    assert (shop.sent(), shop.unsent()) == ([], ["suppressed_by"])


async def test_whoever_asks_hears_that_it_has_ended(shop: Twins) -> None:
    (standing,) = await shop.postgres.inquiries.standings(Inquiry("customer", "C1"), later(hours=3))

    assert [one.type for one in standing.history] == ["support.case_solved"]


async def test_a_plan_sees_what_ended_it_where_no_rule_looks_for_it(shop: Twins) -> None:
    nothing = edited(RULES.replace("support.case_solved", "order.cancelled"))
    await shop.postgres.rulesets.publish(nothing, "tests", "an edit", later(hours=3))
    found = await shop.postgres.journeys.situation(JOURNEY)

    assert found is not None
    assert "support.case_solved" in {one.type for one in found[1].history}
