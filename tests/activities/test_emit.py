"""Events of our own."""

import asyncio

from tests.shop import Shop, attempt


async def granted(shop: Shop, customer: str) -> tuple[str, str]:
    """The journey of a customer with a new tier, and the key of the perk's event."""
    tier = {"id": customer, "email": "p@example.org", "tier": "gold"}
    await shop.tell("loyalty.tier_changed", customer=tier, loyalty={"direction": "up"})
    journey = next(
        one.journey
        for one in await shop.store.journeys.woken()
        if one.subject == f"customer:main/{customer}"
    )
    ((kind, key),) = (await shop.decide(journey)).open
    assert kind == "emit"
    return journey, key


async def test_a_perk_is_an_event_that_wakes_its_customer(shop: Shop, order: str) -> None:
    journey, key = await granted(shop, f"c{order}")

    assert await attempt(shop.emit, key) == "done"
    assert len(shop.rings) == 1
    assert journey in [journey for journey, _ in await shop.store.nudges.take()]
    assert [kind for kind, _ in (await shop.decide(journey)).open] == ["send"]


async def test_an_event_is_told_once(shop: Shop, order: str) -> None:
    _, key = await granted(shop, f"c{order}")

    before = (await shop.store.overview.counts())["events"]
    await asyncio.gather(*(attempt(shop.emit, key) for _ in range(3)))
    assert (await shop.store.overview.counts())["events"] == before + 1
    assert (await shop.effect(key)).state == "done"


async def test_an_event_that_was_told_before_the_worker_died_is_finished(
    shop: Shop, order: str
) -> None:
    _, key = await granted(shop, f"c{order}")
    await attempt(shop.emit, key)

    assert await attempt(shop.emit, key) == "done"
    assert len(shop.rings) == 1
