"""Orders that somebody has locked keep nobody else waiting."""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from psycopg.errors import LockNotAvailable

from engine.facts.events import Event
from engine.facts.naming import own_id
from operations.intake.gathered_events import EventGatherer
from store.ports import Contended

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
GIVES_UP = 0.1  # seconds, as the database does


def event(order: str, number: int = 0) -> Event:
    return Event("tests", f"{order}-{number}", "order.placed", NOW, shop="kk", order=order)


class Shop:
    """A store some of whose orders are locked; it counts the transactions that wait for one."""

    def __init__(self, *locked: str) -> None:
        self.locked = set(locked)
        self.waiting = self.most = self.tries = 0

    async def take(self, events: Sequence[Event], _now: Any) -> list[str]:
        if self.locked.isdisjoint({one.order for one in events}):
            await asyncio.sleep(0.002)
            return [f"took {one.id}" for one in events]
        self.tries += 1
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        await asyncio.sleep(GIVES_UP)
        self.waiting -= 1
        raise LockNotAvailable

    async def locks(self, subjects: Sequence[str]) -> list[str]:
        await asyncio.sleep(0.002)
        return [one for one in subjects if own_id(one) in self.locked]


def gathering_of(shop: Shop) -> EventGatherer:
    return EventGatherer(shop.take, shop.locks)


async def test_others_are_answered_quickly_while_an_order_is_locked() -> None:
    shop = Shop("stuck")
    gathering = gathering_of(shop)
    stuck = [asyncio.create_task(taken(gathering, "stuck", one)) for one in range(20)]

    seconds = []
    for number in range(60):
        began = time.monotonic()
        assert await gathering.ingest([event(f"free {number}")], NOW)
        seconds.append(time.monotonic() - began)
        await asyncio.sleep(0.02)

    assert sorted(seconds)[int(len(seconds) * 0.95)] < 3 * GIVES_UP
    assert set(await asyncio.gather(*stuck)) <= {LockNotAvailable, Contended}


async def test_few_transactions_wait_for_locked_orders_however_many_are_told_of() -> None:
    orders = [f"stuck {number}" for number in range(30)]
    shop = Shop(*orders)
    gathering = gathering_of(shop)

    await asyncio.gather(*(taken(gathering, one, 0) for one in orders))

    assert shop.most <= 7


async def test_who_came_together_with_news_of_a_locked_order_waits_for_one_transaction_of_it() -> (
    None
):
    shop = Shop("stuck")
    gathering = gathering_of(shop)
    stuck = [asyncio.create_task(taken(gathering, "stuck", one)) for one in range(20)]

    free = await asyncio.gather(*(taken(gathering, f"free {one}", 0) for one in range(20)))

    assert [len(one) for one in free] == [1] * 20
    assert shop.most <= 3  # of the groups, in which both came; then one at a time
    assert {LockNotAvailable, Contended} >= set(await asyncio.gather(*stuck))


async def test_news_of_locked_orders_leaves_a_place_to_all_others() -> None:
    orders = [f"stuck {number}" for number in range(30)]
    gathering = gathering_of(Shop(*orders))
    stuck = [asyncio.create_task(taken(gathering, one, 0)) for one in orders]
    await asyncio.sleep(1)

    async with asyncio.timeout(1):
        assert await gathering.alone([event("free")], NOW)
    await asyncio.gather(*stuck)


async def test_an_order_that_is_free_again_is_taken_at_once() -> None:
    shop = Shop("stuck")
    gathering = gathering_of(shop)
    waits = asyncio.create_task(gathering.ingest([event("stuck")], NOW))
    await asyncio.sleep(0.5)

    shop.locked.clear()

    assert await waits == ["took stuck-0"]
    assert await gathering.ingest([event("stuck", 1)], NOW) == ["took stuck-1"]


async def test_one_who_waited_in_vain_is_told_that_the_database_is_busy() -> None:
    gathering = gathering_of(Shop("stuck"))

    began = time.monotonic()
    found = await asyncio.gather(*(taken(gathering, "stuck", one) for one in range(5)))

    assert set(found) <= {LockNotAvailable, Contended}
    assert time.monotonic() - began < 6


async def taken(gathering: EventGatherer, order: str, number: int) -> Any:
    """What became of it, or how it failed."""
    try:
        return await gathering.ingest([event(order, number)], NOW)
    except (LockNotAvailable, Contended) as error:
        return type(error)


@pytest.mark.parametrize("size", [1, 40])
async def test_a_page_of_ours_and_a_large_batch_wait_apart_too(size: int) -> None:
    shop = Shop("stuck")
    gathering = gathering_of(shop)
    waits = asyncio.create_task(
        gathering.alone([event("stuck")] + [event(f"free {one}") for one in range(size - 1)], NOW)
    )
    await asyncio.sleep(0.3)
    shop.locked.clear()

    assert len(await waits) == size


async def test_a_batch_that_meets_a_locked_order_slows_nobody_who_tells_of_its_other_orders() -> (
    None
):
    shop = Shop("stuck")
    gathering = gathering_of(shop)
    batch = [event(f"free {one}") for one in range(39)] + [event("stuck")]
    waits = asyncio.create_task(gathering.ingest(batch, NOW))
    await asyncio.sleep(3 * GIVES_UP)
    tries = shop.tries

    seconds = []
    for number in range(39):
        began = time.monotonic()
        assert await gathering.ingest([event(f"free {number}", 1)], NOW)
        seconds.append(time.monotonic() - began)
    stuck = asyncio.create_task(gathering.ingest([event("stuck", 1)], NOW))
    await asyncio.sleep(GIVES_UP)

    assert sorted(seconds)[-2] < GIVES_UP
    assert shop.tries == tries, "while it is locked nobody tries to take what it holds up"
    shop.locked.clear()
    assert len(await waits) == 40
    assert await stuck == ["took stuck-1"]


async def test_a_batch_whose_lock_nobody_can_see_is_tried_again_and_slows_nobody_afterwards() -> (
    None
):
    """What is locked may be a row that no event names, such as a guest's."""
    shop = Shop("stuck")
    gathering = EventGatherer(shop.take, Shop().locks)
    waits = asyncio.create_task(gathering.ingest([event("stuck"), event("free")] * 20, NOW))
    await asyncio.sleep(3 * GIVES_UP)
    shop.locked.clear()

    assert len(await waits) == 40
