"""What crosses subjects or follows from time alone, through the activities and on PostgreSQL."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from tests.shop import FILES, POLICIES, Shop, a_shop, attempt, today

BREAKER = """
breakers:
  - {id: silent, if: now - carrier.last_scan_at >= 12 hours, holds: claim, at_most: 2 days,
        tell_team: true}
"""
HUSH = """
version: 1
rules:
  - id: hush
    when: review.changed
    once_per: event
    do: [{suppress: [review], across: customer, at_most: 9 days}]
  - id: quiet-one
    when: customer.updated
    once_per: event
    if: customer.silenced contains review
    do: [{send: silenced, by: email, category: delivery}]
  - id: over
    when: perk.expired
    once_per: event
    do: [{send: over, by: email, category: delivery, with: {perk: perk.name}}]
"""
SILENCED = "{% for one in customer.silenced %}{{ one }}{% endfor %}"
MINE = {
    **FILES,
    "policies.yaml": POLICIES + BREAKER,
    "journeys/hush.yaml": HUSH,
    "templates/en/silenced.md": f"---\nsubject: Quiet\n---\nNothing about {SILENCED}.\n",
    "templates/en/over.md": "---\nsubject: Over\n---\n{{ perk }} is over.\n",
}
CUSTOMER = {"id": "C9", "email": "eve@example.org", "first_name": "Eve", "tier": "gold"}


@pytest.fixture
async def shop(fresh_database: str) -> AsyncIterator[Shop]:
    async with a_shop(fresh_database, MINE) as shop:
        yield shop


async def journey_of(shop: Shop, customer: str = "C9") -> str:
    return next(
        one.journey
        for one in await shop.store.journeys.woken()
        if one.subject == f"customer:main/{customer}"
    )


async def test_a_silent_carrier_is_told_to_the_team_by_a_call(shop: Shop) -> None:
    parcel = {"id": "P1", "carrier": "acme", "tracking_number": "T1"}
    await shop.tell(
        "shipment.in_transit", today() - timedelta(hours=13), order={"id": "A1"}, shipment=parcel
    )
    await shop.tell("shipment.lost", order={"id": "A1"}, shipment=parcel)
    ((kind, key),) = (await shop.decide("order:main/A1")).open

    assert (kind, await attempt(shop.call, key)) == ("call", "done")
    told = await shop.effect(key)
    assert (told.name, told.state) == ("tell_team", "done")
    assert "silent is open since" in told.arguments["text"]


async def test_what_a_customer_hears_nothing_of_is_read_by_rules_and_templates(shop: Shop) -> None:
    await shop.tell("review.changed", customer=CUSTOMER, order={"id": "A2"}, review={"id": "R1"})
    await shop.decide("order:main/A2")
    await shop.tell("customer.updated", customer=CUSTOMER)
    ((_, key),) = (await shop.decide(await journey_of(shop))).open

    assert await attempt(shop.send_message, key) == "sent"
    (mail,) = shop.smtp.kept
    assert b"Nothing about review." in mail.content


async def test_the_end_of_a_perk_is_heard_when_its_time_is_over(shop: Shop) -> None:
    await shop.tell("loyalty.tier_changed", customer=CUSTOMER, loyalty={"direction": "up"})
    journey = await journey_of(shop)
    ((_, grant),) = (await shop.decide(journey)).open
    await attempt(shop.emit, grant)
    waiting = await shop.decide(journey)
    assert waiting.wake_at
    assert timedelta(days=364) < waiting.wake_at - today() < timedelta(days=366)

    ((_, key),) = [
        one for one in (await shop.decide(journey, waiting.wake_at)).open if one[0] == "emit"
    ]
    assert [await attempt(shop.emit, key, days=366) for _ in range(2)] == ["done", "done"]
    again = await shop.decide(journey, waiting.wake_at)
    assert [key.rpartition("/")[2] for kind, key in again.open if kind == "send"].count("over") == 1
