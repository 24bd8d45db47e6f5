"""Which revision is active: changed at once for every process, and all of it kept."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from time import monotonic

import pytest

from engine.decisions.decision import OpenWork
from store.postgres.sessions.pool import open_pool
from store.postgres.store import PostgresStore
from store.records.activations import Activation, Superseded
from tests.store.shop import NAMING, NOON, an_event, deciding, placed, the_rules

FIRST, SECOND = the_rules(), the_rules("2 days after", "3 days after")
SILENT = the_rules("when: shipment.shipped", "mode: off\n    when: shipment.shipped")


@pytest.fixture
async def worker(database: str, store: PostgresStore) -> AsyncIterator[PostgresStore]:
    """Another process on the same database, which has worked already."""
    pool = await open_pool(database, 2)
    other = PostgresStore(pool, NAMING)
    assert await other.rulesets.active() == await store.rulesets.active()
    yield other
    await pool.close()


def back_to(revision: str, **later: float) -> Activation:
    return Activation(revision, "ann", "it was better", NOON + timedelta(**later))


async def shipped(worker: PostgresStore, order: str) -> OpenWork:
    """What another process does about a parcel that is shipped now."""
    parcel = an_event(
        "shipment.shipped", f"s {order}", order=order, things={"shipment": f"P {order}"}
    )
    await worker.events.ingest([placed(order), parcel], NOON)
    return await worker.journeys.decide(
        NAMING.journey(f"order:a shop%2F1/{order}"), NOON, deciding(NOON)
    )


async def test_an_earlier_revision_is_active_again(store: PostgresStore) -> None:
    await store.rulesets.publish(SECOND, "bob", "later", NOON)

    assert await store.rulesets.activate(back_to(FIRST.revision))
    assert (await store.rulesets.active()).revision == FIRST.revision


async def test_every_activation_is_kept_the_last_one_first(store: PostgresStore) -> None:
    await store.rulesets.publish(SECOND, "bob", "later", NOON)
    await store.rulesets.activate(back_to(FIRST.revision, hours=1))

    assert await store.rulesets.activations() == [
        back_to(FIRST.revision, hours=1),
        Activation(SECOND.revision, "bob", "later", NOON),
        Activation(FIRST.revision, "tests", "a beginning", NOON),
    ]


@pytest.mark.parametrize("revision", [FIRST.revision, "never"])
async def test_what_is_active_already_or_unknown_changes_nothing(
    store: PostgresStore, revision: str
) -> None:
    assert not await store.rulesets.activate(back_to(revision))
    assert len(await store.rulesets.activations()) == 1


async def test_what_was_to_be_replaced_must_be_active_still(
    store: PostgresStore, worker: PostgresStore
) -> None:
    newer = [Activation(one.revision, "ann", "", NOON) for one in (SECOND, SILENT)]
    done = await asyncio.gather(
        store.rulesets.replace(FIRST.revision, SECOND, newer[0]),
        worker.rulesets.replace(FIRST.revision, SILENT, newer[1]),
        return_exceptions=True,
    )
    (superseded,) = (one for one in done if isinstance(one, Superseded))

    (last, *before) = await store.rulesets.activations()
    assert (superseded.active, len(before)) == (last.revision, 1)
    with pytest.raises(Superseded):
        await store.rulesets.activate(back_to(FIRST.revision), "another")
    assert await store.rulesets.activate(back_to(FIRST.revision), last.revision)


async def test_a_worker_asks_the_new_revision_in_its_next_transaction(
    store: PostgresStore, worker: PostgresStore
) -> None:
    assert (await shipped(worker, "A1")).open
    await store.rulesets.publish(SILENT, "bob", "quiet now", NOON)
    began = monotonic()

    assert not (await shipped(worker, "A2")).open
    assert monotonic() - began < 5


async def test_a_worker_follows_a_rollback_too(store: PostgresStore, worker: PostgresStore) -> None:
    await store.rulesets.publish(SILENT, "bob", "quiet now", NOON)
    assert not (await shipped(worker, "A1")).open
    await store.rulesets.activate(back_to(FIRST.revision))

    assert (await shipped(worker, "A2")).open


async def test_of_two_who_activate_at_once_the_last_one_stays_everywhere(
    store: PostgresStore, worker: PostgresStore
) -> None:
    await asyncio.gather(
        store.rulesets.publish(SECOND, "ann", "", NOON),
        worker.rulesets.publish(SILENT, "bob", "", NOON),
        return_exceptions=False,
    )
    last = (await store.rulesets.activations())[0].revision

    assert (
        (await store.rulesets.active()).revision
        == (await worker.rulesets.active()).revision
        == last
    )
