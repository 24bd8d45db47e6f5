"""A Temporal that forgot its journeys is told of all of them, a page at a time."""

import asyncio

import pytest

from store.postgres.intake import recall as recalling
from store.postgres.store import PostgresStore
from tests.store.probing import JOURNEY, a_message, asked, told

CLUSTER = "another one"


async def some_journeys(store: PostgresStore, count: int) -> None:
    """So many that have nothing to do, none of them nudged."""
    await told(
        store,
        "insert into journeys (journey, subject, facts) select 'order:b/' || n, 'order:b/' || n, "
        "'{}'"
        " from generate_series(1, %s) n",
        count,
    )


async def nudged(store: PostgresStore) -> int:
    return int((await store.overview.counts())["nudges"])


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recalling, "PAGE", 2)


async def test_every_journey_that_has_not_ended_is_recalled_once(store: PostgresStore) -> None:
    await a_message(store)
    assert await nudged(store) == 0

    assert (await store.nudges.recall(CLUSTER), await store.nudges.recall(CLUSTER)) == (1, 0)
    assert await store.nudges.take() == [(JOURNEY, "order")]


async def test_a_journey_that_has_ended_is_not_recalled(store: PostgresStore) -> None:
    await a_message(store)
    await told(store, "update journeys set ended = true")

    assert await store.nudges.recall(CLUSTER) == 0


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("count", [0, 1, 2, 6, 7])
async def test_all_are_recalled_page_by_page(store: PostgresStore, count: int) -> None:
    await some_journeys(store, count)

    assert await store.nudges.recall(CLUSTER) == count == await nudged(store)
    assert await asked(store, "select * from recalls") == []


@pytest.mark.usefixtures("small_pages")
async def test_what_has_ended_in_between_ends_no_recall(store: PostgresStore) -> None:
    await some_journeys(store, 9)
    await told(store, "update journeys set ended = journey between 'order:b/3' and 'order:b/7'")

    assert await store.nudges.recall(CLUSTER) == 4


async def test_each_page_is_a_short_transaction(store: PostgresStore) -> None:
    await some_journeys(store, 3 * recalling.PAGE)
    await recalling.begin(store.pool, CLUSTER)

    assert [await recalling.recall(store.pool) for _ in range(5)] == [
        *[recalling.PAGE] * 3,
        0,
        None,
    ]


@pytest.mark.usefixtures("small_pages")
async def test_the_sweep_goes_on_where_a_process_has_died(store: PostgresStore) -> None:
    await some_journeys(store, 7)
    await recalling.begin(store.pool, CLUSTER)
    assert await recalling.recall(store.pool) == 2

    assert (await store.nudges.sweep()).nudged == 5
    assert await nudged(store) == 7
    assert (await store.nudges.sweep()).nudged == 0


@pytest.mark.usefixtures("small_pages")
async def test_two_processes_share_a_recall(store: PostgresStore) -> None:
    await some_journeys(store, 50)

    shares = await asyncio.gather(*(store.nudges.recall(CLUSTER) for _ in range(4)))

    assert sum(shares) == 50 == await nudged(store)
