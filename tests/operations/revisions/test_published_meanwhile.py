"""Whoever publishes, takes back or starts over what they have looked at changes nothing where
somebody else was faster by a moment.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable

import psycopg
import pytest

from operations.cannot_run import CannotRun
from operations.revisions.authorship import STARTED_BY, Authorship
from operations.revisions.publish import propose, publish
from operations.revisions.resume import Start, resume
from operations.revisions.rollback import rollback
from store.postgres.store import PostgresStore
from tests.conftest import CreateDatabase
from tests.operations.revisions.test_rollback import ACTIONS
from tests.operations.story_shop import a_store_with_an_order
from tests.store.shop import later, the_rules

FIRST = the_rules()
SECOND = the_rules("2 days after order.delivered", "9 days after order.delivered")
THIRD = the_rules("2 days after order.delivered", "8 days after order.delivered")
BOB = Authorship("bob", "", later(hours=2))
# The first revision becomes active once more.
ANNS = """
insert into activations (revision, author, reason, at)
select revision, 'ann', '', now() from activations order by number limit 1
"""
_WAITING = """
select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()
"""


@pytest.fixture
async def url(create_database: CreateDatabase) -> str:
    return await create_database("template1")


@pytest.fixture
async def shop(url: str) -> AsyncIterator[PostgresStore]:
    """A shop whose second revision was published by a start."""
    async with a_store_with_an_order(url) as store:
        await store.rulesets.publish(SECOND, STARTED_BY, "start", later(hours=1))
        yield store


async def refused(url: str, work: Awaitable[object]) -> str:
    """Why something was not done, where Ann activates another revision in the moment between its
    last look and its change.
    """
    async with await psycopg.AsyncConnection.connect(url) as ann:
        await ann.execute("lock table activations in share row exclusive mode")
        task = asyncio.ensure_future(work)
        for _ in range(1000):
            if await (await ann.execute(_WAITING)).fetchone() is not None:
                break
            await asyncio.sleep(0.01)
        await ann.execute(ANNS)
    with pytest.raises(CannotRun) as why:
        await task
    return str(why.value)


async def authors(store: PostgresStore) -> list[str]:
    return [one.author for one in await store.rulesets.activations()]


async def test_what_was_published_in_the_last_moment_is_not_undone_by_a_publisher(
    shop: PostgresStore, url: str
) -> None:
    seen = await propose(shop, THIRD, later(hours=2), with_waits=False, moves_waits=False)

    why = await refused(url, publish(shop, THIRD, BOB, proposal=seen))

    assert why.startswith(f"{FIRST.revision} was published meanwhile")
    assert await authors(shop) == ["ann", STARTED_BY, "tests"]


async def test_nor_by_who_takes_back_what_they_saw(shop: PostgresStore, url: str) -> None:
    await shop.rulesets.publish(THIRD, "cleo", "", later(hours=2))

    why = await refused(url, rollback(shop, None, ACTIONS, BOB))

    assert why.startswith(f"{FIRST.revision} was made active meanwhile")
    assert await authors(shop) == ["ann", "cleo", STARTED_BY, "tests"]


async def test_nor_by_a_start_that_tried_its_folder_meanwhile(
    shop: PostgresStore, url: str
) -> None:
    def trial() -> None:
        with psycopg.connect(url) as ann:
            ann.execute(ANNS)

    resumed = await resume(shop, THIRD, Start(STARTED_BY, later(hours=2), trial))

    assert (resumed.active.revision, resumed.set_by and resumed.set_by.author) == (
        FIRST.revision,
        "ann",
    )
    assert await authors(shop) == ["ann", STARTED_BY, "tests"]


async def test_the_first_rules_of_all_are_published_once(url: str) -> None:
    async with a_store_with_an_order(url) as store:
        async with store.pool.connection() as connection:
            await connection.execute("truncate activations")
        seen = [
            await propose(store, new, later(hours=2), with_waits=True, moves_waits=False)
            for new in (FIRST, SECOND)
        ]
        assert (await publish(store, FIRST, BOB, proposal=seen[0])).changed

        with pytest.raises(CannotRun, match="published meanwhile"):
            await publish(store, SECOND, BOB, proposal=seen[1])
        assert not (await publish(store, FIRST, BOB, proposal=seen[1])).changed
